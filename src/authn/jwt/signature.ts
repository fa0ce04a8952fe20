import { compactVerify, errors, type CryptoKey } from 'jose'
import type { KeySet } from './key-set.ts'
import { refused } from './refusal.ts'
import { parseStrictObject, type JsonObject } from './strict-json.ts'
import { ALGORITHMS } from './token-header.ts'

/**
 * The claims of `token` if one of `keys` signed it, `undefined` if none did: newer keys may then. Throws `unauthorized` when no key
 * ever could, or when what was signed is no set of claims.
 */
export async function claimsSignedBy(keys: KeySet, token: string): Promise<JsonObject | undefined> {
  const payload = await payloadSignedBy(keys, token)
  return payload && decoded(payload)
}

async function payloadSignedBy(keys: KeySet, token: string): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(token, keys, { algorithms: [...ALGORITHMS] })).payload
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return payloadSignedByOneOf(error, token)
    if (error instanceof errors.JWKSNoMatchingKey || isWrongKey(error)) return undefined
    throw refused('CONJ00015E Failed to verify the token', { cause: error })
  }
}

/** Keys that the header of the token does not tell apart are tried one by one. */
async function payloadSignedByOneOf(
  keys: AsyncIterable<CryptoKey>,
  token: string,
): Promise<Uint8Array | undefined> {
  for await (const key of keys) {
    try {
      return (await compactVerify(token, key, { algorithms: [...ALGORITHMS] })).payload
    } catch (error) {
      if (!isWrongKey(error)) {
        throw refused('CONJ00015E Failed to verify the token', { cause: error })
      }
    }
  }
  return undefined
}

const isWrongKey = (error: unknown): boolean =>
  error instanceof errors.JWSSignatureVerificationFailed

function decoded(payload: Uint8Array): JsonObject {
  try {
    return parseStrictObject(payload)
  } catch (cause) {
    throw refused('CONJ00035E Failed to decode the token: its claims are malformed', { cause })
  }
}
