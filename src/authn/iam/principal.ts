import { confused } from '#lib/aws/xml.ts'
import type { CallerIdentity } from './caller-identity.ts'
import { refused } from './refusal.ts'

/** Somebody whom AWS knows: a session of a role that was assumed, or a user. */
export type Principal = Common & (RoleSession | IamUser)

interface Common {
  readonly partition: string
  readonly account: string
  readonly arn: string
  readonly userId: string
}

interface RoleSession {
  readonly kind: 'role'
  /** Without its path. */
  readonly role: string
  /** That of the role itself: another one of the same name has another. */
  readonly roleId: string
  readonly session: string
}

interface IamUser {
  readonly kind: 'user'
  /** Without its path. */
  readonly user: string
}

const ROLE_SESSION =
  /^arn:(?<partition>[a-z-]{3,20}):sts::(?<account>\d{12}):assumed-role\/(?<role>[\w+=,.@-]{1,64})\/(?<session>[\w+=,.@-]{2,64})$/

const USER =
  /^arn:(?<partition>[a-z-]{3,20}):iam::(?<account>\d{12}):user\/(?:[!-~]{0,511}\/)?(?<user>[\w+=,.@-]{1,64})$/

const UNIQUE_ID = /^[A-Z0-9]{16,128}$/

/**
 * Whom an identity is about. What it says twice must agree, and be of the partition that was asked: throws `corrupt` otherwise (attack
 * `iam-response-confusion`). Throws `unauthorized` for whoever is neither a role nor a user: an account itself, and a federated user, whose
 * name somebody chose who may have been told to be less.
 */
export function principalOf(identity: CallerIdentity, partition: string): Principal {
  const principal = roleSessionIn(identity) ?? userIn(identity)
  if (principal === undefined) {
    throw refused('CONJ00002E AWS knows the caller neither as an assumed role nor as a user')
  }
  if (principal.partition !== partition) throw confused('it is about another partition')
  if (principal.account !== identity.account) throw confused('it is about two accounts')
  return principal
}

function roleSessionIn({ arn, userId }: CallerIdentity): Principal | undefined {
  const { partition, account, role, session } = ROLE_SESSION.exec(arn)?.groups ?? {}
  if (!partition || !account || !role || !session) return undefined
  const roleId = userId.slice(0, userId.indexOf(':'))
  if (!UNIQUE_ID.test(roleId) || userId !== `${roleId}:${session}`) {
    throw confused('its ids are of two callers')
  }
  return { kind: 'role', partition, account, arn, userId, role, roleId, session }
}

function userIn({ arn, userId }: CallerIdentity): Principal | undefined {
  const { partition, account, user } = USER.exec(arn)?.groups ?? {}
  if (!partition || !account || !user) return undefined
  if (!UNIQUE_ID.test(userId)) throw confused('its ids are of two callers')
  return { kind: 'user', partition, account, arn, userId, user }
}
