import type { MembershipRow } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'

/** What adding and taking away members needs, on the policy or branch that the role belongs to (reference/conjur-api.md 1.9, 1.12). */
export const MEMBER_PRIVILEGE = { add: 'create', remove: 'update' } as const

/** How somebody stands to a role whose members are to be changed. */
export type Standing =
  /** A member by a grant, which alone can be taken away. */
  | { readonly kind: 'granted'; readonly row: MembershipRow }
  /** Who is held by the role, or is the role: a grant would make a circle of roles. */
  | { readonly kind: 'held' }
  /** A member by ownership alone, which only policy can change. */
  | { readonly kind: 'owner' }
  | { readonly kind: 'stranger' }

/** How `member` stands to `role`: the one judgement behind both APIs that change members; each answers it in its own words. */
export function standingOf(graph: RoleGraph, role: Id, member: Id): Standing {
  const row = graph.membership(role, member, false)
  if (row !== undefined) return { kind: 'granted', row }
  if (graph.holds(role, member)) return { kind: 'held' }
  return { kind: graph.membership(role, member, true) === undefined ? 'stranger' : 'owner' }
}

/** The row that makes `member` a member; `policy` is that of the load which may take it away again, if any may. */
export function grantOf(role: Id, member: Id, policy?: Id): MembershipRow {
  const row = { table: 'membership', role, member, ownership: false, admin: false } as const
  return policy === undefined ? row : { ...row, policy }
}
