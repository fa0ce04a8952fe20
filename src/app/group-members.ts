import type { MembershipRow } from '#domain/change.ts'
import { identifierOf, kindOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { branchPolicy, parentOf } from './branch-path.ts'
import { mustBeAllowedOnBranch } from './branches.ts'
import { mustBeKnown } from './change-branches.ts'
import { decidedChange } from './decided-change.ts'
import type { ChangeParts } from './decided-change.ts'
import type { Deed } from './recorder.ts'
import { mustBeVisible } from './refusals.ts'
import type { Session } from './session.ts'

/** Who is to be a member of which group. */
export interface GroupMember {
  readonly account: string
  /** The path of the group. */
  readonly group: string
  readonly member: Id
}

/**
 * Makes a user, host or group a member of a group, or ends that (reference/conjur-api.md 1.12), which needs `create` or `update` on
 * the branch that the group is in. Throws `not_found` without it or for an invisible group, `unprocessable_entity` for a member that
 * the caller does not know.
 */
export type ChangeGroupMember = (session: Session, wish: GroupMember) => Promise<void>

/** Throws besides `conflict` for a member, and `unprocessable_entity` when the group would hold itself. */
export function addGroupMember(parts: ChangeParts): ChangeGroupMember {
  return async (session, wish) => {
    const { account } = wish
    await decidedChange(parts, { session, account, deed: deedOf('create', wish) }, ({ graph }) => {
      const group = mustBeChangeable(graph, session, wish, 'create')
      mustNotHoldItself(graph, group, wish.member)
      if (graph.membership(group, wish.member, false) !== undefined) {
        throw new Failure(
          'conflict',
          `CONJ00180W ${printed(wish.member)} is already a member of '${group}'`,
        )
      }
      return { changes: [{ op: 'add', row: grantOf(graph, group, wish.member) }] }
    })
  }
}

/** Throws `not_found` besides for somebody who is not a member; ownership of the group is none. */
export function removeGroupMember(parts: ChangeParts): ChangeGroupMember {
  return async (session, wish) => {
    const { account } = wish
    await decidedChange(parts, { session, account, deed: deedOf('remove', wish) }, ({ graph }) => {
      const group = mustBeChangeable(graph, session, wish, 'update')
      const row = graph.membership(group, wish.member, false)
      if (row === undefined) {
        throw new Failure(
          'not_found',
          `CONJ00181W ${printed(wish.member)} is not a member of '${group}'`,
        )
      }
      return { changes: [{ op: 'remove', row }] }
    })
  }
}

const deedOf = (operation: string, { account, group, member }: GroupMember): Deed => ({
  kind: 'membership',
  operation,
  subject: { role: `${account}:group:${group}`, member },
})

/** The group, once it is sure that the caller may change it and knows the member. */
function mustBeChangeable(
  graph: RoleGraph,
  session: Session,
  { account, group: path, member }: GroupMember,
  privilege: string,
): Id {
  mustBeAllowedOnBranch(graph, session, privilege, branchPolicy(account, parentOf(path)))
  const group = makeId(account, 'group', path)
  mustBeVisible(graph, session, group)
  try {
    mustBeKnown(graph, session, member)
  } catch (error) {
    // Of the two that a request names, only the group is what it is about.
    if (!(error instanceof Failure)) throw error
    throw new Failure('unprocessable_entity', error.message, { cause: error.cause })
  }
  return group
}

function mustNotHoldItself(graph: RoleGraph, group: Id, member: Id): void {
  if (!graph.holds(group, member)) return
  const reason =
    group === member
      ? `The '${identifierOf(group)}' group cannot be a member of itself`
      : `The '${identifierOf(group)}' group holds ${printed(member)}: that would be a circle of roles`
  throw new Failure(
    'unprocessable_entity',
    `CONJ00191W The value in the Member ID parameter is not valid. Error: ${reason}`,
  )
}

/** The grant belongs to the policy that the group was loaded through, whose later loads see it as one of theirs. */
function grantOf(graph: RoleGraph, role: Id, member: Id): MembershipRow {
  const row = { table: 'membership', role, member, ownership: false, admin: false } as const
  const policy = graph.resource(role)?.policy
  return policy === undefined ? row : { ...row, policy }
}

const printed = (member: Id): string => `'/${identifierOf(member)}' (kind='${kindOf(member)}')`
