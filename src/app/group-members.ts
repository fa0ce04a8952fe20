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
import { grantOf, MEMBER_PRIVILEGE, standingOf } from './standing.ts'

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
      const group = mustBeChangeable(graph, session, wish, 'add')
      const { kind } = standingOf(graph, group, wish.member)
      if (kind === 'held') throw holdsItself(group, wish.member)
      if (kind === 'granted') {
        throw new Failure(
          'conflict',
          `CONJ00180W ${printed(wish.member)} is already a member of '${group}'`,
        )
      }
      // As in the original, later loads of the policy that the group was loaded through see the grant as one of theirs.
      const row = grantOf(group, wish.member, graph.resource(group)?.policy)
      return { changes: [{ op: 'add', row }] }
    })
  }
}

/** Throws `not_found` besides for somebody who is not a member; ownership of the group is none. */
export function removeGroupMember(parts: ChangeParts): ChangeGroupMember {
  return async (session, wish) => {
    const { account } = wish
    await decidedChange(parts, { session, account, deed: deedOf('remove', wish) }, ({ graph }) => {
      const group = mustBeChangeable(graph, session, wish, 'remove')
      const standing = standingOf(graph, group, wish.member)
      if (standing.kind !== 'granted') {
        throw new Failure(
          'not_found',
          `CONJ00181W ${printed(wish.member)} is not a member of '${group}'`,
        )
      }
      return { changes: [{ op: 'remove', row: standing.row }] }
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
  op: keyof typeof MEMBER_PRIVILEGE,
): Id {
  mustBeAllowedOnBranch(graph, session, MEMBER_PRIVILEGE[op], branchPolicy(account, parentOf(path)))
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

function holdsItself(group: Id, member: Id): Failure {
  const reason =
    group === member
      ? `The '${identifierOf(group)}' group cannot be a member of itself`
      : `The '${identifierOf(group)}' group holds ${printed(member)}: that would be a circle of roles`
  return new Failure(
    'unprocessable_entity',
    `CONJ00191W The value in the Member ID parameter is not valid. Error: ${reason}`,
  )
}

const printed = (member: Id): string => `'/${identifierOf(member)}' (kind='${kindOf(member)}')`
