import { newRecoveryCodes } from '#crypto/recovery-code.ts'
import type { Id } from '#domain/id.ts'
import { factorDeed } from './factor-deeds.ts'
import type { FactorParts } from './factor-parts.ts'
import type { FactorTransaction, StoredFactor } from './factor-store.ts'
import { mustBeFreeToEnrol } from './own-factors.ts'
import type { Session } from './session.ts'
import type { AccessToken } from './tokens.ts'
import type { FactorProof } from './verify-factor.ts'

/** What an enrolment ends with. */
export interface Enrolment {
  readonly factor: StoredFactor
  /** Shown this once; absent when the factor is not the first one. */
  readonly recoveryCodes?: readonly string[]
  /** Says that the factor was proven. */
  readonly token: AccessToken
}

/**
 * Adds a factor whose owner, the caller, has proven it in these ways (RFC 8176), with recovery codes when it is the first one. Whether
 * it is, and whether the caller may, is decided under the lock of the account. The factor and the record of it become durable together; a
 * refusal is for the caller to record. Throws `mfa_required` when there are others and none was proven just now, `conflict` when there are
 * too many or this one is there.
 */
export async function enrolFactor(
  parts: FactorParts,
  session: Session,
  factor: StoredFactor,
  { methods, provenAt }: Pick<FactorProof, 'methods' | 'provenAt'>,
): Promise<Enrolment> {
  const { role, generation, cidrs, expiresAt: until } = session
  const recoveryCodes = await parts.store.change(session.account, async (transaction) => {
    await parts.gate.enter(session)
    const known = await transaction.factorsOf(role)
    mustBeFreeToEnrol(session, known)
    await transaction.addFactor(factor)
    const codes = known.factors.length === 0 ? await giveCodes(transaction, role) : undefined
    await transaction.record([parts.recorder.done(session, factorDeed('enrol', role, factor))])
    return codes
  })
  const terms = { until, cidrs, factor: methods, provenAt }
  const token = await parts.tokens.issue(role, generation, terms)
  return { factor, token, ...(recoveryCodes === undefined ? {} : { recoveryCodes }) }
}

/** Gives a role new recovery codes instead of those that it had, and returns them. */
export async function giveCodes(
  transaction: FactorTransaction,
  role: Id,
): Promise<readonly string[]> {
  const codes = newRecoveryCodes(role)
  await transaction.replaceRecoveryCodes(
    role,
    codes.map(({ digest }) => digest),
  )
  return codes.map(({ code }) => code)
}
