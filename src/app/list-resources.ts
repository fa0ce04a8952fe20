import { parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { ResourceFilter, RoleGraph } from '#domain/role-graph.ts'
import { pageOf } from './page.ts'
import type { Page, PageQuery } from './page.ts'
import { mayNow } from './permission.ts'
import { noSuchResource } from './refusals.ts'
import { assumedRole, resourceViews } from './resources.ts'
import type { ResourceParts, ResourceView } from './resources.ts'
import { knowsRole } from './roles.ts'
import type { Session } from './session.ts'

/** Which resources are listed; texts as the caller gave them. */
export interface ListQuery extends PageQuery {
  readonly account?: string
  readonly kind?: string
  readonly search?: string
  /** `kind:id` or a full id: only resources that a role of its closure owns. */
  readonly owner?: string
  /** A full role id that the caller holds: lists what that role can see. */
  readonly role?: string
}

/**
 * The resources that the caller, or the role that it assumes, can see and that match a query, in the order of their ids. Throws `forbidden`
 * when it does not hold that role, `not_found` when the owner asked for does not exist.
 */
export type ListResources = (session: Session, query: ListQuery) => Promise<Page<ResourceView>>

export function listResources({ gate, store, recorder }: ResourceParts): ListResources {
  return async (session, query) => {
    const { graph } = await gate.enter(session)
    const deed = { kind: 'list', operation: 'list', subject: subjectOf(query) } as const
    return recorder.during(session, deed, async () => {
      const viewer = assumedRole(graph, session, query.role)
      const visible = visibleTo(graph, session, viewer, query)
      const matching =
        query.search === undefined ? undefined : await store.search(query.account, query.search)
      const found = matching === undefined ? visible : visible.filter((id) => matching.has(id))
      const page = pageOf(found, (id) => id, query)
      return {
        ...page,
        items: await resourceViews(graph, store, mayNow(graph, session), page.items),
      }
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

/** What the viewer sees of an account, a kind and an owner. */
function visibleTo(
  graph: RoleGraph,
  session: Session,
  viewer: Id,
  { account, kind, owner }: ListQuery,
): readonly Id[] {
  const place: ResourceFilter = {
    ...(account === undefined ? {} : { account }),
    ...(kind === undefined ? {} : { kind }),
  }
  if (owner === undefined) return graph.visibleTo(viewer, place)
  const id = parseIdIn(account ?? session.account, owner)
  if (knowsRole(graph, session, id)) {
    return graph.visibleTo(viewer, { ...place, owners: new Set(graph.rolesHeldBy(id)) })
  }
  // Of a role that the caller may not know of, a list tells no more than the owners of what it lists.
  const owned = graph.visibleTo(viewer, { ...place, owners: new Set([id]) })
  if (owned.length === 0) throw noSuchResource(id)
  return owned
}

function subjectOf(query: ListQuery): Readonly<Record<string, string | number>> {
  const { account, kind, search, owner, role, offset, limit, after } = query
  const members = { account, kind, search, owner, role, offset, limit, after }
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, string | number] => entry[1] !== undefined,
    ),
  )
}
