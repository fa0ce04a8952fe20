import { refusedPasskey } from '#crypto/passkey-answer.ts'
import { enrolFactor } from './enrol-factor.ts'
import type { Enrolment } from './enrol-factor.ts'
import { factorDeed, recordingRefusal } from './factor-deeds.ts'
import type { StoredPasskey } from './factor-store.ts'
import { mustBeUserOf } from './own-factors.ts'
import { isBegunBy, openCeremony, takeStep } from './passkey-ceremony.ts'
import type { Ceremony, PasskeyParts } from './passkey-ceremony.ts'
import { openOutcome } from './passkey-outcome.ts'
import type { PasskeyOutcome } from './passkey-outcome.ts'
import type { Session } from './session.ts'
import type { AccessToken } from './tokens.ts'
import { stepUp } from './verify-factor.ts'
import type { FactorProof } from './verify-factor.ts'

/** What a ceremony ends with. */
export type CompletedPasskey =
  | ({ readonly purpose: 'enrolment' } & Enrolment)
  | { readonly purpose: 'verification'; readonly token: AccessToken }

/**
 * Completes the ceremony `id` with the code that the browser got, once: enrols the passkey, or issues a token that says that it was proven.
 * INVARIANT: the caller bears the very token that began it, so that neither the code nor the id is worth anything to somebody else. Throws `mfa_refused` for
 * any other token and any other code, one that was used and one that is too old, and like {@link enrolFactor}.
 */
export type CompletePasskey = (
  session: Session,
  account: string,
  id: string,
  code: string,
) => Promise<CompletedPasskey>

export function completePasskey(parts: PasskeyParts): CompletePasskey {
  const { gate, recorder, vault } = parts
  return async (session, account, id, code) => {
    await gate.enter(session)
    const ceremony = openCeremony(parts, account, id)
    const outcome = openOutcome(vault, id, code)
    const operation = ceremony?.purpose === 'enrolment' ? 'enrol' : 'verify'
    const named = { id: outcome?.factor ?? ceremony?.factor?.id, kind: 'passkey' } as const
    const deed = factorDeed(operation, session.role, named)
    return recordingRefusal(recorder, session, deed, async () => {
      mustBeUserOf(session, account)
      if (ceremony === undefined) throw refusedPasskey('the ceremony is over, or none of ours')
      if (!isBegunBy(session, ceremony)) {
        throw refusedPasskey('the ceremony was begun with another token')
      }
      if (outcome === undefined) throw refusedPasskey('the code is not that of the ceremony')
      if (!(await takeStep(parts, 'completion', id))) {
        throw refusedPasskey('the ceremony has been completed before')
      }
      if (ceremony.factor === undefined) return verified(parts, session, outcome)
      return enrolled(parts, session, ceremony.factor, outcome)
    })
  }
}

async function verified(
  parts: PasskeyParts,
  session: Session,
  outcome: PasskeyOutcome,
): Promise<CompletedPasskey> {
  const factor = { id: outcome.factor, kind: 'passkey' } as const
  const proof = { operation: 'verify', factor, ...proofOf(outcome) } as const
  return { purpose: 'verification', token: await stepUp(parts, session, proof) }
}

async function enrolled(
  parts: PasskeyParts,
  session: Session,
  { id, name }: NonNullable<Ceremony['factor']>,
  outcome: PasskeyOutcome,
): Promise<CompletedPasskey> {
  const { credentialId, publicKey, counter, transports, backedUp } = outcome.passkey
  const factor: StoredPasskey = {
    kind: 'passkey',
    id,
    role: session.role,
    name,
    createdAt: new Date(parts.clock()),
    credentialId,
    publicKey,
    counter,
    transports,
    backedUp,
  }
  const enrolment = await enrolFactor(parts, session, factor, proofOf(outcome))
  return { purpose: 'enrolment', ...enrolment }
}

/**
 * How it was proven (RFC 8176 section 2): by a key that stays in hardware, or by one that is copied between devices. It was proven when the
 * person touched it, and not when somebody got round to completing.
 */
const proofOf = ({
  passkey,
  shownAt,
}: PasskeyOutcome): Required<Pick<FactorProof, 'methods' | 'provenAt'>> => ({
  methods: [passkey.isBound ? 'hwk' : 'swk', 'mfa'],
  provenAt: shownAt,
})
