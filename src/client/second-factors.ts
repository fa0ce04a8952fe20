import type {
  EnrolledFactorBody,
  FactorListBody,
  PendingTotpBody,
  VerificationBody,
} from '#api/mfa-wire.ts'
import { isEnrolledFactor, isFactorList, isPendingTotp, isRecoveryCodes } from '#api/mfa-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import type { AccessToken } from './access-token.ts'
import { bodyOf } from './answers.ts'
import { tokenIn } from './authentication.ts'
import { fullId } from './ids.ts'
import { jsonCall } from './json.ts'
import type { PasskeyCeremony, PasskeyReturn } from './passkeys.ts'
import { enrolPasskey, verifyPasskey } from './passkeys.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'

/** A pending authenticator app, and what makes it a factor. */
export interface PendingTotp {
  readonly pending: PendingTotpBody
  /** Throws `mfa_refused` for a code that is not the app's of this moment; another may be tried. */
  confirm(code: string): Promise<EnrolledFactorBody>
}

/**
 * What a client can do with the second factors of its own role, and an officer with those of others. `mfa_refused` is a code that is wrong or
 * was used, `mfa_locked` says that too many were.
 */
export interface SecondFactorVerbs {
  secondFactors(): Promise<FactorListBody>
  /** Begins to enrol an authenticator app; it is worth nothing until it is confirmed. */
  enrolTotp(name?: string): Promise<PendingTotp>
  enrolPasskey(name: string, back?: PasskeyReturn): Promise<PasskeyCeremony<EnrolledFactorBody>>
  /** New recovery codes in place of those that there were. */
  renewRecoveryCodes(): Promise<readonly string[]>
  /** Removes a factor of the caller's own, which ends all tokens of the caller but the one that it gives. */
  removeFactor(id: string): Promise<AccessToken>
  /** Removes all factors of a user who lost them. */
  resetFactors(user: string): Promise<void>
  /** The access token that says that a factor was proven. */
  verifyFactor(proof: VerificationBody): Promise<AccessToken>
  verifyPasskey(back?: PasskeyReturn): Promise<PasskeyCeremony<AccessToken>>
}

/** The verbs in the name of `session`. */
export function secondFactorVerbs(session: Session): SecondFactorVerbs {
  const { account } = session
  const factors = fillPath(PATHS.factors, { account })
  return {
    secondFactors: async () =>
      bodyOf(await session.succeed({ method: 'GET', path: factors }), isFactorList),
    enrolTotp: (name) => enrolTotp(session, name),
    enrolPasskey: (name, back) => enrolPasskey(session, name, back),
    renewRecoveryCodes: async () => {
      const path = fillPath(PATHS.recoveryCodes, { account })
      return bodyOf(await session.succeed({ method: 'POST', path }), isRecoveryCodes).recovery_codes
    },
    removeFactor: async (id) =>
      tokenIn(
        await session.ask({ method: 'DELETE', path: fillPath(PATHS.factor, { account, id }) }),
      ),
    resetFactors: async (user) => {
      const query = queryOf({ role: fullId(account, user) })
      await session.succeed({ method: 'DELETE', path: factors + query })
    },
    verifyFactor: async (proof) =>
      tokenIn(
        await session.ask(jsonCall('POST', fillPath(PATHS.mfaVerification, { account }), proof)),
      ),
    verifyPasskey: (back) => verifyPasskey(session, back),
  }
}

async function enrolTotp(session: Session, name: string | undefined): Promise<PendingTotp> {
  const { account } = session
  const path = fillPath(PATHS.totpFactors, { account })
  const order = name === undefined ? {} : { name }
  const pending = bodyOf(await session.succeed(jsonCall('POST', path, order)), isPendingTotp)
  const confirmation = fillPath(PATHS.totpConfirmation, { account, id: pending.id })
  return {
    pending,
    confirm: async (code) =>
      bodyOf(await session.succeed(jsonCall('POST', confirmation, { code })), isEnrolledFactor),
  }
}
