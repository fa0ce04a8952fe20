import type { RoleView } from '#app/roles.ts'
import type { MembershipRow } from '#domain/change.ts'
import { printPolicy, printTime } from './print-resource.ts'

/** The JSON of a membership (reference/conjur-api.md 1.9). */
export const printMembership = (row: MembershipRow): Readonly<Record<string, unknown>> => ({
  admin_option: row.admin,
  ownership: row.ownership,
  role: row.role,
  member: row.member,
  ...printPolicy(row.policy),
})

/** The JSON of a role. */
export const printRole = ({
  id,
  policy,
  createdAt,
  members,
}: RoleView): Readonly<Record<string, unknown>> => ({
  created_at: printTime(createdAt),
  id,
  ...printPolicy(policy),
  members: members.map(printMembership),
})
