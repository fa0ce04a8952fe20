import type { PermissionRow } from '#domain/change.ts'
import { kindOf, parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { Gate } from './gate.ts'
import type { HostFactoryStore, HostFactoryToken } from './host-factory-store.ts'
import { layersOf, mayKnowTokens } from './host-factory.ts'
import type { HostFactoryView } from './host-factory.ts'
import { mayNow, mayRole, missingFactor } from './permission.ts'
import type { May } from './permission.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeVisible, noSuchResource, notPermitted } from './refusals.ts'
import type { Session } from './session.ts'
import type { ResourceDetails, Store } from './store.ts'

/** Where what is shown of resources is kept. */
export type ResourceStore = Store & Pick<HostFactoryStore, 'hostFactoryTokens'>

/** What the resource use-cases stand on. */
export interface ResourceParts {
  readonly gate: Gate
  readonly store: ResourceStore
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
  /** What a host factory shows; absent for every other kind. */
  readonly hostFactory?: HostFactoryView
}

/** The resource, when the caller can see it; `not_found` otherwise (reference/conjur-api.md 1.8). */
export type ShowResource = (session: Session, id: Id) => Promise<ResourceView>

export function showResource({ gate, store, recorder }: ResourceParts): ShowResource {
  return async (session, id) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = { kind: 'resource', operation: 'get', subject: { resource: id } }
    return recorder.during(session, deed, async () => {
      mustBeVisible(graph, session, id)
      const [view] = await resourceViews(graph, store, mayNow(graph, session), [id])
      if (view === undefined) throw noSuchResource(id)
      return view
    })
  }
}

/** The role that the caller acts as: its own, or one that it holds; throws `forbidden` for any other. */
export function assumedRole(graph: RoleGraph, session: Session, role: string | undefined): Id {
  if (role === undefined) return session.role
  const assumed = parseId(role)
  if (!graph.holds(session.role, assumed)) {
    throw new Failure('forbidden', `${session.role} does not hold ${assumed}`)
  }
  return assumed
}

/** The resources that there are of `ids`, as somebody who sees them all, and may do to them what `may` says, may know them. */
export async function resourceViews(
  graph: RoleGraph,
  store: ResourceStore,
  may: May,
  ids: readonly Id[],
): Promise<readonly ResourceView[]> {
  const details = ids.length === 0 ? new Map<Id, ResourceDetails>() : await store.details(ids)
  const tokens = await tokensKnownTo(store, may, ids)
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
      showsPolicyText: kindOf(id) === 'policy' && may('update', id),
      ...(kindOf(id) === 'host_factory' ? { hostFactory: factoryView(graph, id, tokens) } : {}),
    }
    return [view]
  })
}

/** Tokens by factory, an empty list where there are none. */
type KnownTokens = ReadonlyMap<Id, readonly HostFactoryToken[]>

/** The tokens of those factories whose tokens the viewer may know of; the others are not in the map. */
async function tokensKnownTo(
  store: ResourceStore,
  may: May,
  ids: readonly Id[],
): Promise<KnownTokens> {
  const factories = ids.filter((id) => kindOf(id) === 'host_factory' && mayKnowTokens(may, id))
  if (factories.length === 0) return new Map()
  const tokens = await store.hostFactoryTokens(factories)
  const byFactory = Map.groupBy(tokens, ({ factory }) => factory)
  return new Map(factories.map((factory) => [factory, byFactory.get(factory) ?? []]))
}

function factoryView(graph: RoleGraph, factory: Id, known: KnownTokens): HostFactoryView {
  const tokens = known.get(factory)
  const layers = layersOf(graph, factory)
  return tokens === undefined ? { layers } : { layers, tokens }
}

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

const byRoleAndPrivilege = (one: PermissionRow, other: PermissionRow): number =>
  byText(one.role, other.role) || byText(one.privilege, other.privilege)

/** A question whether a role may do something. */
export interface PermissionQuery {
  readonly resource: Id
  readonly privilege: string
  /** The full id of the role asked about; the caller's own when absent. */
  readonly role?: string
}

/**
 * Resolves when the role may do it. Throws `not_found` when it may not, or when the caller cannot see the resource; `forbidden` when the
 * caller does not hold the role. For the caller's own role the answer has the second factor in mind that the resource demands; for another
 * one it is what policy says.
 */
export type CheckPermission = (session: Session, query: PermissionQuery) => Promise<void>

export function checkPermission({ gate, recorder }: ResourceParts): CheckPermission {
  return async (session, { resource, privilege, role }) => {
    const { graph } = await gate.enter(session)
    const subject = { resource, privilege, role: role ?? session.role }
    return recorder.during(session, { kind: 'check', operation: 'check', subject }, async () => {
      mustBeVisible(graph, session, resource)
      const asked = assumedRole(graph, session, role)
      if (mayRole(graph, session, asked, privilege, resource)) return
      const missing =
        asked === session.role ? missingFactor(graph, session, privilege, resource) : undefined
      const { message } = missing ?? notPermitted(asked, privilege, resource)
      throw new Failure('not_found', message)
    })
  }
}
