import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

// Codes of authenticator apps (RFC 6238), in the only form that all apps know: SHA-1, six digits, thirty seconds.

/** How long a time step lasts, in milliseconds. */
export const TOTP_STEP = 30_000

/** How many steps before and after the current one are taken, because clocks differ and people type slowly (RFC 6238 5.2). */
export const TOTP_WINDOW = 1

const SHAPE = { algorithm: 'SHA1', digits: 6, period: TOTP_STEP / 1000 } as const

/** As long as the digest of the algorithm (RFC 4226 4, R6). */
const SECRET_BYTES = 20

/** A new secret to share with an authenticator app. */
export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** A secret as people type it into an app that cannot scan: base32 without padding. */
export const totpSecretText = (secret: Uint8Array): string => secretOf(secret).base32

/** A secret as an app reads it from a QR code, with whose it is: `otpauth://totp/…`. */
export const totpUri = (secret: Uint8Array, issuer: string, label: string): string =>
  new TOTP({ ...SHAPE, issuer, label, secret: secretOf(secret) }).toString()

/** The code of a secret at a time, in milliseconds since 1970. */
export const totpCode = (secret: Uint8Array, at: number): string =>
  TOTP.generate({ ...SHAPE, secret: secretOf(secret), timestamp: at })

/**
 * The time step, within {@link TOTP_WINDOW} of the current one, whose code `text` is, found in constant time; `undefined` when there is
 * none. White space counts for nothing and digits of other scripts are no digits, so whatever spells a code means the one step that a
 * caller remembers as used (attack `totp-reuse`).
 */
export function totpStep(secret: Uint8Array, text: string, now: number): number | undefined {
  const token = text.replaceAll(/\s/g, '')
  if (!/^[0-9]{6}$/.test(token)) return undefined
  const delta = TOTP.validate({
    ...SHAPE,
    secret: secretOf(secret),
    token,
    timestamp: now,
    window: TOTP_WINDOW,
  })
  return delta === null ? undefined : Math.floor(now / TOTP_STEP) + delta
}

/** Of a copy: a buffer may be a part of a larger one. */
const secretOf = (secret: Uint8Array): Secret =>
  new Secret({ buffer: Uint8Array.from(secret).buffer })
