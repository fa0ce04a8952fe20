import { refused } from './refusal.ts'
import { parseStrictObject } from './strict-json.ts'

/**
 * The signatures that count: each by a private key of the issuer. Not among them are `none`, and those by a shared secret, for which a
 * public key might be taken.
 */
export const ALGORITHMS: readonly string[] =
  'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')

/**
 * Throws `unauthorized` unless the header of `token` is one that a signature may be checked by, with one of `algorithms`: before any key is
 * fetched, so that rubbish costs nothing. Extensions that change what is signed (`crit`, `b64`: RFC 7797) have no place in a JWT.
 */
export function mustHaveHeader(token: string, algorithms: readonly string[] = ALGORITHMS): void {
  const header = decoded(token)
  const algorithm = header['alg']
  if (typeof algorithm !== 'string' || !algorithms.includes(algorithm)) {
    throw refused('CONJ00015E Failed to verify the token: its algorithm is not accepted')
  }
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw refused('CONJ00015E Failed to verify the token: its header has critical extensions')
  }
}

function decoded(token: string): ReturnType<typeof parseStrictObject> {
  try {
    return parseStrictObject(Buffer.from(token.split('.')[0] ?? '', 'base64url'))
  } catch (cause) {
    throw refused('CONJ00035E Failed to decode the token: its header is malformed', { cause })
  }
}
