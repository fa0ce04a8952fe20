import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { isAllowedNow, isPermitted, missingFactor } from './permission.ts'
import type { Session } from './session.ts'

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/**
 * A resource that does not exist, or that the caller may not know of: the two look alike (reference/conjur-api.md 1.3). `why`
 * tells them apart for the trail.
 */
export function noSuchResource(id: Id, why?: Failure): Failure {
  const kind = kindOf(id)
  const text = `${capitalized(kind)} '${identifierOf(id)}' not found in account '${accountOf(id)}'`
  return new Failure('not_found', text, {
    wire: { target: kind, details: { code: 'not_found', target: 'id', message: id } },
    ...(why === undefined ? {} : { cause: why }),
  })
}

/**
 * A secret that is not there: no such variable, no value, no such version, or none that the caller may know of. `why` tells
 * them apart for the trail.
 */
export const noSuchSecret = (id: string, why?: Failure): Failure =>
  new Failure(
    'not_found',
    `CONJ00076E Variable ${id} is empty or not found.`,
    why === undefined ? {} : { cause: why },
  )

/** Why a role does not see a resource: it is not there, or nothing on it is permitted to the role. For the trail alone. */
export function whyInvisible(graph: RoleGraph, role: Id, resource: Id): Failure | undefined {
  if (graph.resource(resource) === undefined) return undefined
  return new Failure('forbidden', `${resource} is not visible to ${role}`)
}

/** The caller may know that the resource exists, and may not do this to it. */
export const notPermitted = (role: Id, privilege: string, resource: string): Failure =>
  new Failure('forbidden', `CONJ00124E ${role} lacks the privilege ${privilege} on ${resource}`)

/** Why the caller may not do this to the resource: `forbidden`, or `mfa_required`; `undefined` when it may. */
export function refusalFor(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  resource: Id,
): Failure | undefined {
  if (isAllowedNow(graph, session, privilege, resource)) return undefined
  const missing = missingFactor(graph, session, privilege, resource)
  return missing ?? notPermitted(session.role, privilege, resource)
}

/** Throws like {@link noSuchResource} when the resource is invisible to the caller. */
export function mustBeVisible(graph: RoleGraph, { role }: Session, resource: Id): void {
  if (graph.visible(role, resource)) return
  throw noSuchResource(resource, whyInvisible(graph, role, resource))
}

/**
 * Throws like {@link mustBeVisible} when the resource is invisible, `forbidden` when the privilege is missing, `mfa_required` when nothing is
 * but a second factor.
 */
export function mustBeAllowed(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  resource: Id,
): void {
  mustBeVisible(graph, session, resource)
  if (!isPermitted(graph, session, privilege, resource)) {
    throw notPermitted(session.role, privilege, resource)
  }
}
