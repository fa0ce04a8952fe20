import type { MembershipRow } from '#domain/change.ts'
import { accountOf, kindOf, parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import type { Gate } from './gate.ts'
import { pageOf } from './page.ts'
import type { Page, PageQuery } from './page.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeVisible, noSuchResource } from './refusals.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

// Who may see what of roles: a membership belongs to the role that is held, as a permission belongs to its resource. Whoever sees a
// role sees its members; of the roles that another one holds, one sees those that one sees or holds oneself.

/** What the use-cases of roles stand on. */
export interface RoleParts {
  readonly gate: Gate
  readonly store: Store
  readonly recorder: Recorder
}

/** A role as its viewer may know it. */
export interface RoleView {
  readonly id: Id
  readonly policy?: Id
  readonly createdAt: Date
  /** By member. */
  readonly members: readonly MembershipRow[]
}

/** The role, when the caller sees the resource of its name; `not_found` otherwise (reference/conjur-api.md 1.9). */
export type ShowRole = (session: Session, role: Id) => Promise<RoleView>

export function showRole({ gate, store, recorder }: RoleParts): ShowRole {
  return async (session, id) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = { kind: 'role', operation: 'get', subject: { role: id } }
    return recorder.during(session, deed, async () => {
      mustSeeRole(graph, session, id)
      const createdAt = await store.roleCreatedAt(id)
      // Gone since the graph was read: as if it had never been there.
      if (createdAt === undefined) throw noSuchResource(id)
      const policy = graph.role(id)?.policy
      const members = graph.membersOf(id).toSorted(byKey(memberKey))
      return { id, ...(policy === undefined ? {} : { policy }), createdAt, members }
    })
  }
}

/** Throws `not_found` when the role does not exist, or when the caller may not know of it. */
export function mustSeeRole(graph: RoleGraph, session: Session, role: Id): void {
  mustBeVisible(graph, session, role)
  if (graph.role(role) === undefined) throw noSuchResource(role)
}

/** Whether the caller may know that a role exists. */
export const knowsRole = (graph: RoleGraph, { role: caller }: Session, role: Id): boolean =>
  graph.visible(caller, role) || graph.holds(caller, role)

/** Which memberships of a role are listed; texts as the caller gave them. */
export interface MembershipQuery {
  /** Words that the resource of the role at the other end must hold; only what the caller can see is searched. */
  readonly search?: string
  /** The kinds of the role at the other end; any, when there are none. */
  readonly kinds: readonly string[]
  /** `kind:id` or full ids to which the list is narrowed; to nothing, when there are none. */
  readonly filter: readonly string[]
  readonly page: PageQuery
}

/** Memberships of a role in one direction, in the order of the roles at the other end. Throws `not_found` for an invisible role. */
export type ListMemberships = (
  session: Session,
  role: Id,
  query: MembershipQuery,
) => Promise<Page<MembershipRow>>

/** Who holds a role directly. */
export const listMembers = (parts: RoleParts): ListMemberships =>
  membershipList(parts, {
    kind: 'members',
    rowsOf: (graph, role) => graph.membersOf(role),
    otherOf: ({ member }) => member,
  })

/** What a role holds directly, as far as the caller may know of it. */
export const listMemberships = (parts: RoleParts): ListMemberships =>
  membershipList(parts, {
    kind: 'membership',
    rowsOf: (graph, role, session) =>
      graph.membershipsOf(role).filter((row) => knowsRole(graph, session, row.role)),
    otherOf: ({ role }) => role,
  })

/** One of the two directions in which memberships are listed. */
interface Direction {
  readonly kind: Deed['kind']
  readonly rowsOf: (graph: RoleGraph, role: Id, session: Session) => readonly MembershipRow[]
  readonly otherOf: (row: MembershipRow) => Id
}

function membershipList(
  { gate, store, recorder }: RoleParts,
  { kind, rowsOf, otherOf }: Direction,
): ListMemberships {
  return async (session, role, query) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = { kind, operation: 'list', subject: subjectOf(role, query) }
    return recorder.during(session, deed, async () => {
      mustSeeRole(graph, session, role)
      const keyOf = membershipKey(otherOf)
      const isAskedFor = filterOf(role, query)
      const rows = rowsOf(graph, role, session).filter((row) => isAskedFor(otherOf(row)))
      const found = await searched({ graph, store, session }, rows, otherOf, query.search)
      return pageOf(found.toSorted(byKey(keyOf)), keyOf, query.page)
    })
  }
}

/** Two memberships may join the same two roles: one that was granted, and then the one that ownership implies. */
const membershipKey =
  (otherOf: Direction['otherOf']) =>
  (row: MembershipRow): string =>
    `${otherOf(row)}\n${Number(row.ownership)}`

const memberKey = membershipKey(({ member }) => member)

const byKey =
  (keyOf: (row: MembershipRow) => string) =>
  (one: MembershipRow, other: MembershipRow): number =>
    keyOf(one) < keyOf(other) ? -1 : 1

function filterOf(role: Id, { kinds, filter }: Pick<MembershipQuery, 'kinds' | 'filter'>) {
  const wanted = new Set(filter.map((id) => parseIdIn(accountOf(role), id)))
  return (id: Id): boolean =>
    (kinds.length === 0 || kinds.includes(kindOf(id))) && (wanted.size === 0 || wanted.has(id))
}

/** INVARIANT: a search tells nothing of the annotations of what the caller cannot see (attack `deny-wins`). */
async function searched(
  { graph, store, session }: { graph: RoleGraph; store: Store; session: Session },
  rows: readonly MembershipRow[],
  otherOf: Direction['otherOf'],
  search: string | undefined,
): Promise<readonly MembershipRow[]> {
  if (search === undefined) return rows
  const visible = rows.filter((row) => graph.visible(session.role, otherOf(row)))
  const accounts = [...new Set(visible.map((row) => accountOf(otherOf(row))))]
  const found = await Promise.all(accounts.map((account) => store.search(account, search)))
  return visible.filter((row) => found.some((ids) => ids.has(otherOf(row))))
}

function subjectOf(role: Id, { search, kinds, filter, page }: MembershipQuery): Deed['subject'] {
  return {
    role,
    ...(search === undefined ? {} : { search }),
    ...(kinds.length === 0 ? {} : { kind: kinds.join(',') }),
    ...(filter.length === 0 ? {} : { filter: filter.join(',') }),
    ...(page.after === undefined ? {} : { after: page.after }),
  }
}

/**
 * The ids of the role and of all roles that it holds, directly or through others, as far as the caller may know of them; of `filter`
 * (`kind:id` or full ids) only, when there are any. Throws `not_found` for an invisible role.
 */
export type ListRolesHeld = (
  session: Session,
  role: Id,
  filter: readonly string[],
) => Promise<readonly Id[]>

export function listRolesHeld({ gate, recorder }: RoleParts): ListRolesHeld {
  return async (session, role, filter) => {
    const { graph } = await gate.enter(session)
    const subject = { role, ...(filter.length === 0 ? {} : { filter: filter.join(',') }) }
    const deed: Deed = { kind: 'membership', operation: 'list-all', subject }
    return recorder.during(session, deed, async () => {
      mustSeeRole(graph, session, role)
      const isAskedFor = filterOf(role, { kinds: [], filter })
      return graph
        .rolesHeldBy(role)
        .filter((held) => isAskedFor(held) && knowsRole(graph, session, held))
    })
  }
}

/** That `child` holds `parent`. */
export interface RoleEdge {
  readonly parent: Id
  readonly child: Id
}

/**
 * The members of the role, of all roles that it holds and of all roles that hold it, where the caller sees the role that is held; in order
 * of parents, then children (reference/conjur-api.md 1.9). Throws `not_found` for an invisible role.
 */
export type ShowRoleGraph = (session: Session, role: Id) => Promise<readonly RoleEdge[]>

export function showRoleGraph({ gate, recorder }: RoleParts): ShowRoleGraph {
  return async (session, role) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = { kind: 'role', operation: 'graph', subject: { role } }
    return recorder.during(session, deed, async () => {
      mustSeeRole(graph, session, role)
      const parents = new Set([...graph.rolesHeldBy(role), ...graph.rolesHolding(role)])
      return [...parents]
        .filter((parent) => graph.visible(session.role, parent))
        .toSorted()
        .flatMap((parent) => childrenOf(graph, parent).map((child) => ({ parent, child })))
    })
  }
}

const childrenOf = (graph: RoleGraph, parent: Id): readonly Id[] =>
  [...new Set(graph.membersOf(parent).map(({ member }) => member))].toSorted()
