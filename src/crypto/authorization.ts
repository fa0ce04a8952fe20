import { Failure } from '#lib/failure.ts'
import type { AccessToken } from './access-token.ts'

/** The longest `Authorization` header that is looked at, in characters. */
const MAX_HEADER = 16 * 1024

/** The `Authorization` header that presents `token` (reference/conjur-api.md 2.4). */
export const encodeAuthorization = (token: AccessToken): string =>
  `Token token="${Buffer.from(JSON.stringify(token)).toString('base64')}"`

/**
 * The token that an `Authorization` header presents, in its JSON or its compact form. The base64 may hold white space and
 * lack its padding. Throws `token_invalid` with the literal text of reference/conjur-api.md 1.2 when there is none.
 */
export function decodeAuthorization(header: string | undefined): string {
  const encoded = /^Token token="([^"]*)"/.exec(header ?? '')?.[1]
  if (header === undefined || encoded === undefined) {
    throw new Failure('token_invalid', 'Authorization missing')
  }
  if (header.length > MAX_HEADER) throw new Failure('token_invalid', 'Unauthorized: Invalid token')
  return Buffer.from(encoded, 'base64').toString().trim()
}
