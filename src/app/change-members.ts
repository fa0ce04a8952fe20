import type { Change } from '#domain/change.ts'
import { accountOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import { changeDeed } from './change-deed.ts'
import { isPermitted } from './permission.ts'
import { noSuchResource, notPermitted } from './refusals.ts'
import { mustSeeRole } from './roles.ts'
import type { RoleParts } from './roles.ts'
import type { Session } from './session.ts'
import { grantOf, MEMBER_PRIVILEGE, standingOf } from './standing.ts'

/**
 * Makes `member` a member of `role`, or ends that; does nothing when it is so already. It needs a privilege on the policy through which the
 * role was loaded, as a load would (reference/conjur-api.md 1.9). Throws `not_found` when the role is invisible, `forbidden`
 * without the privilege, `not_found` when there is no such member.
 */
export type ChangeMembers = (session: Session, role: Id, member: Id) => Promise<void>

/** Grants the role, with `create`. Throws `unprocessable_entity` when the role holds the member, which would make a circle. */
export const addMember = (parts: RoleParts): ChangeMembers =>
  memberChange(parts, { op: 'add', changes: additionOf })

/** Takes the role away, with `update`. Throws `unprocessable_entity` when the member holds the role because it owns it. */
export const removeMember = (parts: RoleParts): ChangeMembers =>
  memberChange(parts, { op: 'remove', changes: removalOf })

interface MemberChange {
  readonly op: keyof typeof MEMBER_PRIVILEGE
  readonly changes: (graph: RoleGraph, role: Id, member: Id) => readonly Change[]
}

function memberChange(
  { gate, store, recorder }: RoleParts,
  { op, changes }: MemberChange,
): ChangeMembers {
  const privilege = MEMBER_PRIVILEGE[op]
  return async (session, role, member) => {
    const deed = changeDeed({ op, row: grantOf(role, member) })
    const { graph } = await gate.enter(session)
    try {
      mustBeAllowedOnPolicy(graph, session, privilege, role)
      await store.change(accountOf(role), async (transaction) => {
        // The lock may have been waited for: nothing of this graph can change any more.
        const { graph: settled } = await gate.enter(session)
        mustBeAllowedOnPolicy(settled, session, privilege, role)
        await transaction.apply(changes(settled, role, member))
        await transaction.record([recorder.done(session, deed)])
      })
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** What was not loaded through a policy, like the administrator and the root policy, has members by ownership alone. */
function mustBeAllowedOnPolicy(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  role: Id,
): void {
  mustSeeRole(graph, session, role)
  const policy = graph.resource(role)?.policy
  if (policy === undefined || !isPermitted(graph, session, privilege, policy)) {
    throw notPermitted(session.role, privilege, policy ?? `the policy of ${role}`)
  }
}

/** A grant without a policy, as those of the original: no load of a policy takes it away again. */
function additionOf(graph: RoleGraph, role: Id, member: Id): readonly Change[] {
  if (graph.role(member) === undefined) throw noSuchResource(member)
  const { kind } = standingOf(graph, role, member)
  if (kind === 'granted') return []
  if (kind !== 'held') return [{ op: 'add', row: grantOf(role, member) }]
  const text = `${member} is held by ${role} already: the grant would make a circle of roles`
  throw new Failure('unprocessable_entity', text)
}

function removalOf(graph: RoleGraph, role: Id, member: Id): readonly Change[] {
  const standing = standingOf(graph, role, member)
  if (standing.kind === 'granted') return [{ op: 'remove', row: standing.row }]
  if (standing.kind !== 'owner') throw noSuchResource(member)
  const text = `${member} holds ${role} because it owns it, which policy alone can change`
  throw new Failure('unprocessable_entity', text)
}
