import { newTotpSecret, totpSecretText, totpUri } from '#crypto/totp.ts'
import { loginOf } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { enrolFactor } from './enrol-factor.ts'
import type { Enrolment } from './enrol-factor.ts'
import { factorDeed, recordingRefusal } from './factor-deeds.ts'
import { newFactorId } from './factor-parts.ts'
import type { FactorParts } from './factor-parts.ts'
import { factorName, mustBeFreeToEnrol, mustBeUserOf } from './own-factors.ts'
import { openPendingTotp, sealPendingTotp } from './pending-totp.ts'
import type { Session } from './session.ts'
import { sealTotp, takeCode, TOTP_METHODS } from './totp-factor.ts'
import { wrongCode } from './verify-factor.ts'

/** An authenticator app that is worth nothing until a code of it comes back. */
export interface BegunTotp {
  /** Stands for it in its confirmation; opens for nobody else. */
  readonly pending: string
  /** Base32, for typing. */
  readonly secret: string
  /** The same for a QR code, with whose it is. */
  readonly uri: string
  readonly expiresAt: Date
}

/** What apps show beside the name of the user. */
const ISSUER = 'Strongroom'

/** How long an app may wait for its confirmation, in milliseconds. */
const PATIENCE = 600_000

/**
 * A new secret for an authenticator app of the caller. Nothing is stored: what is pending goes to the caller, sealed. Throws `forbidden`
 * for a host and for another account than that of the token, `argument_error` for a bad name, `mfa_required` when the caller has a factor
 * and has not proven one just now, `conflict` when there are too many.
 */
export type BeginTotp = (session: Session, account: string, name?: string) => Promise<BegunTotp>

export function beginTotp(parts: FactorParts): BeginTotp {
  const { gate, recorder, store, vault } = parts
  return async (session, account, name) => {
    await gate.enter(session)
    const { role } = session
    const id = newFactorId()
    const deed = factorDeed('begin-enrolment', role, { id, kind: 'totp' })
    return recorder.during(session, deed, async () => {
      mustBeUserOf(session, account)
      const named = factorName(name, 'authenticator app')
      mustBeFreeToEnrol(session, await store.factorsOf(role))
      const secret = newTotpSecret()
      const expiresAt = new Date(parts.clock() + PATIENCE)
      try {
        return {
          pending: sealPendingTotp(vault, session, { id, name: named, expiresAt, secret }),
          secret: totpSecretText(secret),
          uri: totpUri(secret, ISSUER, `${loginOf(role)}@${account}`),
          expiresAt,
        }
      } finally {
        secret.fill(0)
      }
    })
  }
}

/**
 * Enrols the pending app that `code` is of. Throws like {@link enrolFactor}, `not_found` when the app is not a pending one of the caller or
 * waited too long, and `mfa_refused` when the code is not a fresh one of it.
 */
export type ConfirmTotp = (
  session: Session,
  account: string,
  pending: string,
  code: string,
) => Promise<Enrolment>

export function confirmTotp(parts: FactorParts): ConfirmTotp {
  const { gate, recorder, vault, clock } = parts
  return async (session, account, pending, code) => {
    await gate.enter(session)
    const app = openPendingTotp(vault, session, pending)
    const { role } = session
    const deed = factorDeed('enrol', role, { id: app?.id, kind: 'totp' })
    return recordingRefusal(recorder, session, deed, async () => {
      mustBeUserOf(session, account)
      const now = new Date(clock())
      if (app === undefined || app.expiresAt <= now) throw noSuchApp()
      const { id, name, secret } = app
      try {
        const place = { role, id }
        const verdict = await takeCode(parts, place, secret, code)
        if (verdict !== 'right') throw wrongCode(verdict)
        const sealedSecret = sealTotp(vault, place, secret)
        const factor = { kind: 'totp', ...place, name, createdAt: now, sealedSecret } as const
        return await enrolFactor(parts, session, factor, { methods: TOTP_METHODS })
      } finally {
        secret.fill(0)
      }
    })
  }
}

const noSuchApp = (): Failure =>
  new Failure(
    'not_found',
    'no authenticator app waits for this confirmation, or it waited too long',
    {
      hint: 'begin again',
    },
  )
