import type { PermissionRow } from '#domain/change.ts'
import { kindOf, parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { ResourceFilter, RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { Gate } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeVisible, noSuchResource, notPermitted } from './refusals.ts'
import type { Session } from './session.ts'
import type { ResourceDetails, Store } from './store.ts'

/** What the resource use-cases stand on. */
export interface ResourceParts {
  readonly gate: Gate
  readonly store: Store
  readonly recorder: Recorder
}

/** A resource as its viewer may know it. */
export interface ResourceView {
  readonly id: Id
  readonly owner: Id
  readonly policy?: Id
  /** By role, then privilege. */
  readonly permissions: readonly PermissionRow[]
  readonly restrictedTo: readonly string[]
  readonly details: ResourceDetails
  /** Whether the text of policy versions may be shown: to those who may update the policy, not to mere viewers. */
  readonly showsPolicyText: boolean
}

/** The resource, when the caller can see it; `not_found` otherwise (reference/conjur-api.md 1.8). */
export type ShowResource = (session: Session, id: Id) => Promise<ResourceView>

export function showResource({ gate, store, recorder }: ResourceParts): ShowResource {
  return async (session, id) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = { kind: 'resource', operation: 'get', subject: { resource: id } }
    return recorder.during(session, deed, async () => {
      mustBeVisible(graph, session, id)
      const [view] = await viewsOf(graph, store, session, [id])
      if (view === undefined) throw noSuchResource(id)
      return view
    })
  }
}

/** Which resources are listed; texts as the caller gave them. */
export interface ListQuery {
  readonly account?: string
  readonly kind?: string
  readonly search?: string
  /** `kind:id` or a full id: only resources that a role of its closure owns. */
  readonly owner?: string
  /** A full role id that the caller holds: lists what that role can see. */
  readonly role?: string
  readonly offset: number
  readonly limit: number
}

/** What of the resources that a role can see matches a query, in the order of their ids. */
export interface ResourceList {
  readonly total: number
  readonly page: readonly ResourceView[]
}

/**
 * The resources that the caller, or the role that it assumes, can see. Throws `forbidden` when it does not hold that role, `not_found` when
 * the owner asked for does not exist.
 */
export type ListResources = (session: Session, query: ListQuery) => Promise<ResourceList>

export function listResources({ gate, store, recorder }: ResourceParts): ListResources {
  return async (session, query) => {
    const { graph } = await gate.enter(session)
    const { account, kind, search, owner, role, offset, limit } = query
    const subject = definedOf({ account, kind, search, owner, role, offset, limit })
    return recorder.during(session, { kind: 'list', operation: 'list', subject }, async () => {
      const viewer = assumedRole(graph, session, role)
      const visible = graph.visibleTo(viewer, filterOf(graph, session, query))
      const matching = search === undefined ? undefined : await store.search(account, search)
      const found = matching === undefined ? visible : visible.filter((id) => matching.has(id))
      const ids = found.slice(offset, offset + limit)
      return { total: found.length, page: await viewsOf(graph, store, session, ids) }
    })
  }
}

/** How many resources a query matches; fails like {@link ListResources}. */
export type CountResources = (session: Session, query: ListQuery) => Promise<number>

export function countResources(parts: ResourceParts): CountResources {
  const list = listResources(parts)
  return async (session, query) => {
    const { total } = await list(session, { ...query, offset: 0, limit: 0 })
    return total
  }
}

function filterOf(graph: RoleGraph, session: Session, query: ListQuery): ResourceFilter {
  const { account, kind, owner } = query
  return {
    ...(account === undefined ? {} : { account }),
    ...(kind === undefined ? {} : { kind }),
    ...(owner === undefined ? {} : { owners: ownersOf(graph, account ?? session.account, owner) }),
  }
}

function ownersOf(graph: RoleGraph, account: string, owner: string): ReadonlySet<Id> {
  const id = parseId(owner.split(':').length === 2 ? `${account}:${owner}` : owner)
  if (graph.role(id) === undefined) throw noSuchResource(id)
  return new Set(graph.rolesHeldBy(id))
}

/** The role that the caller acts as: its own, or one that it holds. */
function assumedRole(graph: RoleGraph, session: Session, role: string | undefined): Id {
  if (role === undefined) return session.role
  const assumed = parseId(role)
  if (!graph.holds(session.role, assumed)) {
    throw new Failure('forbidden', `${session.role} does not hold ${assumed}`)
  }
  return assumed
}

async function viewsOf(
  graph: RoleGraph,
  store: Store,
  session: Session,
  ids: readonly Id[],
): Promise<readonly ResourceView[]> {
  const details = ids.length === 0 ? new Map<Id, ResourceDetails>() : await store.details(ids)
  return ids.flatMap((id) => {
    const row = graph.resource(id)
    const detail = details.get(id)
    // Gone between the listing and the look-up: as if it had never been listed.
    if (row === undefined || detail === undefined) return []
    const view: ResourceView = {
      id,
      owner: row.owner,
      ...(row.policy === undefined ? {} : { policy: row.policy }),
      permissions: [...graph.permissionsOn(id)].toSorted(byRoleAndPrivilege),
      restrictedTo: graph.restrictionOf(id),
      details: detail,
      showsPolicyText: kindOf(id) === 'policy' && graph.allowed(session.role, 'update', id),
    }
    return [view]
  })
}

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

const byRoleAndPrivilege = (one: PermissionRow, other: PermissionRow): number =>
  byText(one.role, other.role) || byText(one.privilege, other.privilege)

const definedOf = (
  subject: Readonly<Record<string, string | number | undefined>>,
): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.entries(subject).filter(
      (entry): entry is [string, string | number] => entry[1] !== undefined,
    ),
  )

/** A question whether a role may do something. */
export interface PermissionQuery {
  readonly resource: Id
  readonly privilege: string
  /** The full id of the role asked about; the caller's own when absent. */
  readonly role?: string
}

/**
 * Resolves when the role may do it. Throws `not_found` when it may not, or when the caller cannot see the resource;
 * `forbidden` when the caller does not hold the role.
 */
export type CheckPermission = (session: Session, query: PermissionQuery) => Promise<void>

export function checkPermission({ gate, recorder }: ResourceParts): CheckPermission {
  return async (session, { resource, privilege, role }) => {
    const { graph } = await gate.enter(session)
    const subject = { resource, privilege, role: role ?? session.role }
    return recorder.during(session, { kind: 'check', operation: 'check', subject }, async () => {
      mustBeVisible(graph, session, resource)
      const asked = assumedRole(graph, session, role)
      if (!graph.allowed(asked, privilege, resource)) {
        throw new Failure('not_found', notPermitted(asked, privilege, resource).message)
      }
    })
  }
}
