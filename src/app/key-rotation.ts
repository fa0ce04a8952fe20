import { parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { admit } from './authenticate.ts'
import type { LoginParts, Presented } from './authenticate.ts'
import { mustBeOwn, mustBeRotatable, refuseToken } from './change-credential.ts'
import { proofOf } from './credentials.ts'
import type { Claim } from './credentials.ts'
import type { Deed } from './recorder.ts'
import type { Origin, Session } from './session.ts'

/** When a role last got an API key. */
export interface KeyRotation {
  readonly role: Id
  /** Absent when it never got one. */
  readonly rotatedAt?: Date
}

const lookOf = (role: string): Deed => ({ kind: 'api-key', operation: 'show', subject: { role } })

/** When the bearer of a password or key last got its API key; throws like rotating it would (reference/conjur-api.md 1.6). */
export type ShowOwnKeyRotation = (
  presented: Presented,
  origin: Origin,
  target?: string,
) => Promise<KeyRotation>

export function showOwnKeyRotation(parts: LoginParts): ShowOwnKeyRotation {
  return async (presented, origin, target) => {
    const isProven = async (claim: Claim): Promise<boolean> =>
      (await proofOf(parts, claim)) !== undefined
    const deed = lookOf(target ?? 'self')
    return admit(parts, { deed, presented, origin, isProven }, async ({ role, event }) => {
      mustBeOwn(role, presented, target)
      const rotation = await rotationOf(parts, role)
      await parts.recorder.record([event])
      return rotation
    })
  }
}

/**
 * When another user or host last got its API key. Whoever may rotate the key may know: throws like rotating it would, for the caller's own
 * role as well.
 */
export type ShowKeyRotationOf = (
  session: Session,
  account: string,
  target: string,
) => Promise<KeyRotation>

export function showKeyRotationOf(parts: LoginParts): ShowKeyRotationOf {
  return async (session, account, target) => {
    const role = parseIdIn(account, target)
    const { graph } = await parts.gate.enter(session)
    return parts.recorder.during(session, lookOf(role), async () => {
      if (role === session.role) refuseToken()
      mustBeRotatable(graph, session, role)
      return rotationOf(parts, role)
    })
  }
}

async function rotationOf({ store }: Pick<LoginParts, 'store'>, role: Id): Promise<KeyRotation> {
  const rotatedAt = (await store.credential(role))?.rotatedAt
  return rotatedAt === undefined ? { role } : { role, rotatedAt }
}
