import { fillPath, PATHS } from '#api/paths.ts'
import type { MembershipBody, RoleBody, RoleEdgeBody } from '#api/wire.ts'
import { isCount, isIdList, isMembershipList, isRole, isRoleGraph } from '#api/wire.ts'
import { bodyOf } from './answers.ts'
import { fullId, partsOf } from './ids.ts'
import { queryOf } from './query.ts'
import { isThere } from './resources.ts'
import type { Session } from './session.ts'

/** Which members of a role are asked for; all conditions hold together. */
export interface MemberFilter {
  /** The kind of the members. */
  readonly kind?: string
  /** Words that must all occur in the identifier, the kind or the annotations of a member. */
  readonly search?: string
  readonly limit?: number
  readonly offset?: number
}

/** A role with its members. */
export const fetchRole = async (session: Session, role: string): Promise<RoleBody> =>
  bodyOf(await session.succeed({ method: 'GET', path: rolePath(session, role) }), isRole)

/** Whether there is a role, as far as the caller may know; one that may not be looked at is there. */
export const roleExists = async (session: Session, role: string): Promise<boolean> =>
  isThere(await session.ask({ method: 'HEAD', path: rolePath(session, role) }))

/** Who holds `role` directly, in the order of their ids. */
export async function listMembers(
  session: Session,
  role: string,
  filter: MemberFilter,
): Promise<readonly MembershipBody[]> {
  const path = rolePath(session, role) + queryOf({ members: 'true', ...filter })
  return bodyOf(await session.succeed({ method: 'GET', path }), isMembershipList)
}

/** How many hold `role` directly. */
export async function countMembers(
  session: Session,
  role: string,
  filter: MemberFilter,
): Promise<number> {
  const path = rolePath(session, role) + queryOf({ members: 'true', count: 'true', ...filter })
  return bodyOf(await session.succeed({ method: 'GET', path }), isCount).count
}

/** What `role` holds directly, in the order of the ids. */
export async function listMemberships(
  session: Session,
  role: string,
): Promise<readonly MembershipBody[]> {
  const path = rolePath(session, role) + queryOf({ memberships: 'true' })
  return bodyOf(await session.succeed({ method: 'GET', path }), isMembershipList)
}

/** The full ids of `role` and of all that it holds, directly or through others. */
export async function listRolesHeld(session: Session, role: string): Promise<readonly string[]> {
  const path = rolePath(session, role) + queryOf({ all: 'true' })
  return bodyOf(await session.succeed({ method: 'GET', path }), isIdList)
}

/** Who holds what around `role`. */
export async function fetchRoleGraph(
  session: Session,
  role: string,
): Promise<readonly RoleEdgeBody[]> {
  const path = rolePath(session, role) + queryOf({ graph: 'true' })
  return bodyOf(await session.succeed({ method: 'GET', path }), isRoleGraph)
}

/** Makes `member` a member of `role`, or ends that. */
export async function changeMember(
  session: Session,
  method: 'POST' | 'DELETE',
  role: string,
  member: string,
): Promise<void> {
  const query = queryOf({ members: 'true', member: fullId(session.account, member) })
  await session.succeed({ method, path: rolePath(session, role) + query })
}

const rolePath = (session: Session, role: string): string =>
  fillPath(PATHS.role, { ...partsOf(fullId(session.account, role)) })
