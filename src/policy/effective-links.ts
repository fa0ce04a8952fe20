import type { MembershipRow, PermissionRow } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { absoluteNode, memberNode, subjectNode } from './effective-names.ts'
import type { RecordPrinter } from './effective-record.ts'
import type { EffectiveScope, Place } from './effective-scope.ts'
import { fieldsOf } from './policy-node.ts'
import type { PolicyNode } from './policy-node.ts'

/** The grant of the role at a place to everybody who was granted it; none when nobody was. */
export function grantOf(
  scope: EffectiveScope,
  records: RecordPrinter,
  place: Place,
): PolicyNode | undefined {
  const { world } = scope.input
  if (world.role(place.id) === undefined) return undefined
  const members = [...world.membersOf(place.id)]
    .filter((row) => !row.ownership && isToldHere(scope, place, row))
    .filter((row) => !isToldByFactory(scope, records, row))
    .toSorted((one, other) => (one.member < other.member ? -1 : 1))
    .map((row) => granteeNode(scope, row))
  if (members.length === 0) return undefined
  return {
    tag: 'grant',
    value: fieldsOf(['role', subjectNode(place, 'role')], ['members', members]),
  }
}

/** What each role is permitted to do to the resource at a place, in the order of the roles. */
export function permitsOf(scope: EffectiveScope, place: Place): readonly PolicyNode[] {
  const rows = [...scope.input.world.permissionsOn(place.id)].filter((row) =>
    isToldHere(scope, place, row),
  )
  const byRole = [...Map.groupBy(rows, ({ role }) => role)]
  return byRole
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([role, permissions]) => permitNode(scope, place, role, permissions))
}

/** What is said of a policy stands in the body around it, unless it was loaded through the policy itself. */
const isToldHere = (
  { input, top }: EffectiveScope,
  { path }: Place,
  { policy }: MembershipRow | PermissionRow,
): boolean => path !== top || policy === input.target

function isToldByFactory(
  scope: EffectiveScope,
  records: RecordPrinter,
  { role, member }: MembershipRow,
): boolean {
  const factory = scope.places.get(member)
  return factory !== undefined && records.layersOf(factory).some((row) => row.role === role)
}

function granteeNode(scope: EffectiveScope, { member, admin }: MembershipRow): PolicyNode {
  const role = absoluteNode(scope, member)
  return admin ? { tag: 'member', value: fieldsOf(['role', role], ['admin', true]) } : role
}

const permitNode = (
  scope: EffectiveScope,
  place: Place,
  role: Id,
  permissions: readonly PermissionRow[],
): PolicyNode => ({
  tag: 'permit',
  value: fieldsOf(
    ['role', memberNode(scope, role, place.parent)],
    ['privileges', permissions.map(({ privilege }) => privilege).toSorted()],
    ['resource', subjectNode(place, 'resource')],
  ),
})
