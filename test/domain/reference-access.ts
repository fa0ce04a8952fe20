import type { MembershipRow, PermissionRow, ResourceRow, Row } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'

/**
 * All access that rows give, sentence by sentence after reference/conjur-api.md 5.2: `R holds Q`, `R may P X`, `R sees X`. It knows
 * nothing of graphs: who holds what is repeated until nothing new follows. A role or a resource exists if it has a row.
 */
export function accessOf(rows: readonly Row[]): readonly string[] {
  const roles = new Set(rows.flatMap((row) => (row.table === 'role' ? [row.id] : [])))
  const memberships = rows.filter((row): row is MembershipRow => row.table === 'membership')
  const resources = rows.filter((row): row is ResourceRow => row.table === 'resource')
  const permissions = rows.filter((row): row is PermissionRow => row.table === 'permission')
  const held = heldRoles(roles, memberships)
  const access = new Set<string>()
  for (const [role, holds] of held) {
    for (const other of holds) access.add(`${role} holds ${other}`)
    for (const { id, owner } of resources) {
      if (holds.has(owner)) access.add(`${role} sees ${id}`).add(`${role} may * ${id}`)
    }
    for (const { resource, role: permitted, privilege } of permissions) {
      if (!holds.has(permitted) || !resources.some(({ id }) => id === resource)) continue
      access.add(`${role} sees ${resource}`).add(`${role} may ${privilege} ${resource}`)
    }
  }
  return [...access].toSorted()
}

function heldRoles(
  roles: ReadonlySet<Id>,
  memberships: readonly MembershipRow[],
): ReadonlyMap<Id, ReadonlySet<Id>> {
  const held = new Map([...roles].map((role) => [role, new Set([role])]))
  const exist = memberships.filter(({ role, member }) => roles.has(role) && roles.has(member))
  const grant = ({ role, member }: MembershipRow): void => {
    for (const holds of held.values()) if (holds.has(member)) holds.add(role)
  }
  for (let known = -1; known !== sizeOf(held);) {
    known = sizeOf(held)
    for (const membership of exist) grant(membership)
  }
  return held
}

const sizeOf = (held: ReadonlyMap<Id, ReadonlySet<Id>>): number =>
  held.values().reduce((sum, { size }) => sum + size, 0)
