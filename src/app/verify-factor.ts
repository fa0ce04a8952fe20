import { recoveryCodeDigest } from '#crypto/recovery-code.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { factorDeed, recordingRefusal } from './factor-deeds.ts'
import type { FactorNamed, FactorOperation } from './factor-deeds.ts'
import type { FactorParts } from './factor-parts.ts'
import type { StoredFactor } from './factor-store.ts'
import { mustBeUserOf } from './own-factors.ts'
import type { Session } from './session.ts'
import type { AccessToken } from './tokens.ts'
import { takeCodeOfApp, TOTP_METHODS } from './totp-factor.ts'
import type { CodeVerdict } from './totp-factor.ts'

/** What somebody proves a second factor with: a code of an authenticator app, or one of the recovery codes. */
export type CodeGiven = { readonly code: string } | { readonly recoveryCode: string }

/** That a second factor was proven: by what operation, which one, and how in the words of RFC 8176. */
export interface FactorProof {
  readonly operation: Extract<FactorOperation, 'verify' | 'use-recovery-code'>
  readonly factor?: FactorNamed
  readonly methods: readonly string[]
  /** In milliseconds since 1970; just now when absent. */
  readonly provenAt?: number
}

/** RFC 8176 has no word for a code that was written down. */
const RECOVERY_METHODS: readonly string[] = ['recovery', 'mfa']

/**
 * A token of the caller that says that a second factor was proven just now. The attempt is counted before it is decided, and a code is used
 * up by being right. Throws `mfa_refused` for a code that is wrong, used or too old, which look alike, `mfa_locked` after too many of them,
 * `conflict` when the caller has no second factor, `forbidden` for a host and for another account than that of the token.
 */
export type VerifyFactor = (
  session: Session,
  account: string,
  given: CodeGiven,
) => Promise<AccessToken>

export function verifyFactor(parts: FactorParts): VerifyFactor {
  const { gate, recorder, store, factorLockOut } = parts
  return async (session, account, given) => {
    await gate.enter(session)
    const { role } = session
    const operation = 'code' in given ? 'verify' : 'use-recovery-code'
    return recordingRefusal(recorder, session, factorDeed(operation, role), async () => {
      mustBeUserOf(session, account)
      const { factors } = await store.factorsOf(role)
      if (factors.length === 0) throw noFactor()
      await factorLockOut.admit(role)
      const proof = await ('code' in given
        ? proofByApp(parts, factors, given.code)
        : proofByRecoveryCode(parts, role, given.recoveryCode))
      await factorLockOut.forgive(role)
      return stepUp(parts, session, proof)
    })
  }
}

/** A token of the caller that says that a factor was proven, once it is in the trail. It ends with theirs: who stole one could prolong it for ever by a factor of their own. */
export async function stepUp(
  { tokens, recorder }: Pick<FactorParts, 'tokens' | 'recorder'>,
  session: Session,
  { operation, factor, methods, provenAt }: FactorProof,
): Promise<AccessToken> {
  const { role, generation, cidrs, expiresAt: until } = session
  const token = await tokens.issue(role, generation, { until, cidrs, factor: methods, provenAt })
  await recorder.record([recorder.done(session, factorDeed(operation, role, factor))])
  return token
}

/** Throws `mfa_refused` for a code that no app takes. Every app is asked, so that the time does not tell whose code it might have been. */
async function proofByApp(
  parts: FactorParts,
  factors: readonly StoredFactor[],
  code: string,
): Promise<FactorProof> {
  const apps = factors.filter((factor) => factor.kind === 'totp')
  const verdicts = await Promise.all(apps.map((app) => takeCodeOfApp(parts, app, code)))
  const factor = apps[verdicts.indexOf('right')]
  if (factor === undefined) throw wrongCode(verdicts.includes('used') ? 'used' : 'wrong')
  return { operation: 'verify', factor, methods: TOTP_METHODS }
}

/** Throws `mfa_refused` for a code that the role does not have, or no longer. */
async function proofByRecoveryCode(
  { store }: FactorParts,
  role: Id,
  code: string,
): Promise<FactorProof> {
  const digest = recoveryCodeDigest(role, code)
  const isOne = digest !== undefined && (await store.useRecoveryCode(role, digest))
  if (!isOne) throw wrongCode()
  return { operation: 'use-recovery-code', methods: RECOVERY_METHODS }
}

/** The answer is the same for every reason. The trail knows of a code that was used before, because it may have been looked at on its way. */
export function wrongCode(verdict: Exclude<CodeVerdict, 'right'> = 'wrong'): Failure {
  const cause =
    verdict === 'used' ? new Failure('mfa_refused', 'the code was used before') : undefined
  return new Failure('mfa_refused', 'the code is wrong, was used before or is too old', { cause })
}

/** The failure for somebody who has no second factor. */
export const noFactor = (): Failure =>
  new Failure('conflict', 'there is no second factor', {
    hint: '`strongroom mfa add totp` adds one',
  })
