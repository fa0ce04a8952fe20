import { isAccessToken } from './wire.ts'
import type { AccessTokenBody } from './wire.ts'

/** The shapes of the bodies about second factors. */

/** A second factor. */
export interface FactorBody {
  readonly id: string
  readonly kind: 'totp' | 'passkey'
  readonly name: string
  /** ISO 8601 in UTC. */
  readonly created_at: string
  readonly last_used_at: string | null
}

/** `GET /mfa/:account/factors`. */
export interface FactorListBody {
  readonly factors: readonly FactorBody[]
  readonly recovery_codes_left: number
}

/**
 * What `POST /mfa/:account/factors/totp` answers, to an empty body or `{name}`: an authenticator app that is worth nothing until a code of
 * it comes back.
 */
export interface PendingTotpBody {
  /** Stands for it in the path of its confirmation, whose body is `{code}`. */
  readonly id: string
  /** Base32 without padding (RFC 4648 section 6). */
  readonly secret: string
  /** The same with all that an app needs, for a QR code. */
  readonly uri: string
  /** ISO 8601 in UTC. */
  readonly expires_at: string
}

/** What every enrolment ends with: the factor, its owner's recovery codes if it is the first one, and a token that says that it was proven. */
export interface EnrolledFactorBody {
  readonly factor: FactorBody
  readonly recovery_codes: readonly string[] | null
  readonly token: AccessTokenBody
}

/** What `POST /mfa/:account/recovery-codes` answers. */
export interface RecoveryCodesBody {
  readonly recovery_codes: readonly string[]
}

/** The body of `POST /mfa/:account/verification`, which answers an access token. */
export type VerificationBody = { readonly code: string } | { readonly recovery_code: string }

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const areStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/** Whether `value` is a second factor. */
export const isFactor = (value: unknown): value is FactorBody =>
  isMembers(value) &&
  typeof value['id'] === 'string' &&
  (value['kind'] === 'totp' || value['kind'] === 'passkey') &&
  typeof value['name'] === 'string' &&
  typeof value['created_at'] === 'string' &&
  (value['last_used_at'] === null || typeof value['last_used_at'] === 'string')

/** Whether `value` answers `GET /mfa/:account/factors`. */
export const isFactorList = (value: unknown): value is FactorListBody =>
  isMembers(value) &&
  Array.isArray(value['factors']) &&
  value['factors'].every(isFactor) &&
  typeof value['recovery_codes_left'] === 'number'

/** Whether `value` is an authenticator app that waits for its confirmation. */
export const isPendingTotp = (value: unknown): value is PendingTotpBody =>
  isMembers(value) && areStrings([value['id'], value['secret'], value['uri'], value['expires_at']])

/** Whether `value` is what an enrolment ends with. */
export const isEnrolledFactor = (value: unknown): value is EnrolledFactorBody =>
  isMembers(value) &&
  isFactor(value['factor']) &&
  (value['recovery_codes'] === null || areStrings(value['recovery_codes'])) &&
  isAccessToken(value['token'])

/** Whether `value` holds new recovery codes. */
export const isRecoveryCodes = (value: unknown): value is RecoveryCodesBody =>
  isMembers(value) && areStrings(value['recovery_codes'])
