import { privilegesOn, rolesHeldBy } from '#domain/access.ts'
import { accessPaths, accessTo, groundsOf } from '#domain/access-path.ts'
import type { AccessPath, AccessQuestion } from '#domain/access-path.ts'
import { lacksFactor } from '#domain/factor-demand.ts'
import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { pageOf } from './page.ts'
import type { Page, PageQuery } from './page.ts'
import type { Deed } from './recorder.ts'
import { mustBeVisible, noSuchResource } from './refusals.ts'
import type { ResourceParts } from './resources.ts'
import { knowsRole } from './roles.ts'
import type { Session } from './session.ts'

// INVARIANT: an explanation names no role that the caller may not know of otherwise (attack `deny-wins`). That others may use a
// resource is no secret from those who see it, so that there is one is told.

/** Whether a role may do something to a resource, and why or why not. */
export interface AccessExplanation {
  readonly role: Id
  /** The ways in which it may; none when it may not. */
  readonly paths: readonly AccessPath[]
  /** What it may do to the resource; `*` alone for an owner. */
  readonly privileges: readonly string[]
  /** Roles that may do it by themselves: whoever becomes a member of one of them may, too. */
  readonly granted: readonly Id[]
  /** Whether there are others of them, which the caller may not know of. */
  readonly hidesOthers: boolean
  /** The second factor that the role needs besides; absent when none is demanded of it. */
  readonly factor?: NeededFactor
}

/** A second factor that a resource demands. */
export interface NeededFactor {
  /** How long ago it may have been proven, in seconds. */
  readonly within: number
  /** Whether the caller, when the question is about the caller, lacks it; nobody else's is known. */
  readonly isMissing?: boolean
}

/** A question why; the role is the caller when absent. */
export interface AccessQuery {
  readonly resource: Id
  readonly privilege: string
  readonly role?: Id
}

type Parts = Pick<ResourceParts, 'gate' | 'recorder'>

/**
 * Says why a role may do something to a resource, or what is missing. Throws `not_found` when the caller cannot see the resource, or may
 * not know of the role; the two look like absence.
 */
export type ExplainAccess = (session: Session, query: AccessQuery) => Promise<AccessExplanation>

export function explainAccess({ gate, recorder }: Parts): ExplainAccess {
  return async (session, { resource, privilege, role = session.role }) => {
    const { graph } = await gate.enter(session)
    const subject = { resource, privilege, role }
    return recorder.during(session, { kind: 'check', operation: 'explain', subject }, async () => {
      mustBeVisible(graph, session, resource)
      if (graph.role(role) === undefined || !knowsRole(graph, session, role)) {
        throw noSuchResource(role)
      }
      const question = questionOf(graph, session, resource, privilege)
      const grounds = [...new Set(groundsOf(question).map((grounded) => grounded.role))]
      const granted = grounds.filter(question.mayName)
      return {
        role,
        paths: accessPaths(question, role),
        privileges: [...privilegesOn(graph, rolesHeldBy(graph, role), resource)].toSorted(),
        granted,
        hidesOthers: granted.length < grounds.length,
        ...neededFactor(graph, session, { resource, privilege, role }),
      }
    })
  }
}

function neededFactor(
  graph: RoleGraph,
  session: Session,
  { resource, privilege, role }: Required<AccessQuery>,
): Pick<AccessExplanation, 'factor'> {
  const demand = graph.demandOn(resource)
  if (demand === undefined || !lacksFactor(demand, privilege, { role })) return {}
  const { within } = demand
  if (role !== session.role) return { factor: { within } }
  return { factor: { within, isMissing: lacksFactor(demand, privilege, session) } }
}

/** A role that may do something to a resource, and one way in which it may. */
export interface AccessEntry extends AccessPath {
  readonly role: Id
}

/** A stretch of everybody who may do something to a resource, in the order of their ids. */
export interface AccessPage extends Page<AccessEntry> {
  /** Whether there are others, of whatever kind, that the caller may not know of. */
  readonly hidesOthers: boolean
}

/** Whose access is listed. */
export interface AccessListQuery extends PageQuery {
  readonly resource: Id
  readonly privilege: string
  /** Only roles of these kinds; of any, when there are none. */
  readonly kinds: readonly string[]
}

/** Everybody who may do something to a resource and how they got there. Throws `not_found` when the caller cannot see it. */
export type ListAccess = (session: Session, query: AccessListQuery) => Promise<AccessPage>

export function listAccess({ gate, recorder }: Parts): ListAccess {
  return async (session, { resource, privilege, kinds, ...page }) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = {
      kind: 'resource',
      operation: 'access',
      subject: { resource, privilege, ...(kinds.length === 0 ? {} : { kind: kinds.join(',') }) },
    }
    return recorder.during(session, deed, async () => {
      mustBeVisible(graph, session, resource)
      const access = accessTo(questionOf(graph, session, resource, privilege))
      const asked = access.roles.filter(
        (role) => kinds.length === 0 || kinds.includes(kindOf(role)),
      )
      const found = pageOf(asked, (role) => role, page)
      const items = found.items.map((role) => ({ role, ...access.pathOf(role) }))
      return { ...found, items, hidesOthers: access.hidesOthers }
    })
  }
}

const questionOf = (
  graph: RoleGraph,
  session: Session,
  resource: Id,
  privilege: string,
): AccessQuestion => ({
  world: graph,
  privilege,
  resource,
  mayName: (role) => knowsRole(graph, session, role),
})
