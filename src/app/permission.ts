import { lacksFactor } from '#domain/factor-demand.ts'
import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { Session } from './session.ts'

// INVARIANT: whether somebody may use a privilege is asked here and nowhere else, so that what a resource demands besides the privilege
// holds for every route. The linter refuses `permits` of the graph in any other file.

/**
 * Whether the caller may do `privilege` to `resource`. Throws `mfa_required` when policy permits it and the resource demands a second
 * factor that the caller has not proven, or too long ago: so nobody learns of the demand who could not use the resource anyway.
 */
export function isPermitted(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  resource: Id,
): boolean {
  if (!graph.permits(session.role, privilege, resource)) return false
  mustNotLackFactor(graph, session, privilege, resource)
  return true
}

/**
 * Whether the caller may do `privilege` to `resource` as things are: a second factor that is missing makes it a no. For answers that leave
 * out what may not be shown.
 */
export const isAllowedNow = (
  graph: RoleGraph,
  session: Session,
  privilege: string,
  resource: Id,
): boolean =>
  graph.permits(session.role, privilege, resource) &&
  !lacks(graph, session, { privilege, resource })

/** What somebody may do to resources. */
export type May = (privilege: string, resource: Id) => boolean

/** What the caller may do as things are: {@link isAllowedNow} as one question. */
export const mayNow =
  (graph: RoleGraph, session: Session): May =>
  (privilege, resource) =>
    isAllowedNow(graph, session, privilege, resource)

/** The `mfa_required` of a caller whom policy permits it and who lacks nothing but the factor that the resource demands. */
export function missingFactor(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  resource: Id,
): Failure | undefined {
  const use = { privilege, resource }
  const lacksOnlyThat =
    lacks(graph, session, use) && graph.permits(session.role, privilege, resource)
  return lacksOnlyThat ? demanded(graph, session, use) : undefined
}

/**
 * Throws `mfa_required` when the caller lacks the factor that the resource demands for `privilege`, however else the caller comes by what
 * the privilege would allow: as an owner of something that the resource is part of, mostly.
 */
export function mustNotLackFactor(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  resource: Id,
): void {
  const use = { privilege, resource }
  if (lacks(graph, session, use)) throw demanded(graph, session, use)
}

/** Whether `role`, which the caller asks about, may: like {@link isAllowedNow} for the caller, for anybody else by policy alone. */
export const mayRole = (
  graph: RoleGraph,
  session: Session,
  role: Id,
  privilege: string,
  resource: Id,
): boolean =>
  role === session.role
    ? isAllowedNow(graph, session, privilege, resource)
    : graph.permits(role, privilege, resource)

/** Whether a role may log in by way of an authenticator: nobody has proven anything before. */
export const mayAuthenticate = (graph: RoleGraph, role: Id, webservice: Id): boolean =>
  graph.permits(role, 'authenticate', webservice)

/** Whether whoever owns `resource` may do `privilege` to another one, on which it rests, by policy. */
export function mayItsOwner(graph: RoleGraph, resource: Id, privilege: string, other: Id): boolean {
  const owner = graph.resource(resource)?.owner
  return owner !== undefined && graph.permits(owner, privilege, other)
}

/** Throws `mfa_required` unless the caller proved a second factor in the last `within` seconds; `what` names what it is needed for. */
export function mustHaveFactor(session: Session, what: string, within: number): void {
  if (session.factor !== undefined && session.factor.age <= within) return
  throw mfaRequired(session, what, within)
}

interface Use {
  readonly privilege: string
  readonly resource: Id
}

const lacks = (graph: RoleGraph, session: Session, { privilege, resource }: Use): boolean => {
  const demand = graph.demandOn(resource)
  return demand !== undefined && lacksFactor(demand, privilege, session)
}

const demanded = (graph: RoleGraph, session: Session, use: Use): Failure => {
  const within = graph.demandOn(use.resource)?.within ?? 0
  return mfaRequired(session, `${use.privilege} on ${use.resource}`, within, { ...use })
}

/** Hosts are not told to prove a factor, because they cannot. */
function mfaRequired(
  { role }: Session,
  what: string,
  within: number,
  wire: Readonly<Record<string, unknown>> = {},
): Failure {
  if (kindOf(role) !== 'user') {
    const text = `${what} needs a second factor, which only users have: the annotation \`strongroom/require-mfa-exempt: host\` lets hosts do without`
    return new Failure('mfa_required', text, { wire })
  }
  const text = `${what} needs a second factor that was proven in the last ${printed(within)}: \`strongroom mfa verify\` proves one`
  return new Failure('mfa_required', text, { wire: { ...wire, max_age: within } })
}

const printed = (seconds: number): string =>
  seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`
