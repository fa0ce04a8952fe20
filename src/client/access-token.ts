import { DEFAULT_TOKEN_SECONDS, isAccessToken, isTokenClaims } from '#api/wire.ts'
import { parseJson } from './json.ts'

/** An access token as a client handles it: opaque but for its times. */
export interface AccessToken {
  /** The value of the `Authorization` header. */
  readonly authorization: string
  /** As the server issued it. */
  readonly json: string
  /** How long it is valid from its issue on, in seconds. */
  readonly lifeSeconds: number
}

/**
 * The access token that `text` holds, as JSON or as the base64 of it (reference/conjur-api.md 2.1, 2.4); `undefined` when it
 * holds none. The signature is the server's business.
 */
export function parseAccessToken(text: string): AccessToken | undefined {
  const json = text.trimStart().startsWith('{') ? text : Buffer.from(text, 'base64').toString()
  const claims = claimsIn(json)
  if (!isTokenClaims(claims)) return undefined
  const encoded = Buffer.from(json.trim()).toString('base64')
  return {
    authorization: `Token token="${encoded}"`,
    json: json.trim(),
    lifeSeconds: claims.exp === undefined ? DEFAULT_TOKEN_SECONDS : claims.exp - claims.iat,
  }
}

/** Whether an access token, as the server issued it, says that its bearer proved a second factor (RFC 8176). */
export function saysFactor(json: string): boolean {
  const claims = claimsIn(json)
  return typeof claims === 'object' && claims !== null && 'auth_time' in claims
}

function claimsIn(json: string): unknown {
  const token = parseJson(json)
  if (!isAccessToken(token)) return undefined
  return parseJson(Buffer.from(token.payload, 'base64url').toString())
}
