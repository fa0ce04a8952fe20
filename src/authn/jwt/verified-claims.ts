import { refused } from './refusal.ts'
import { claimsSignedBy } from './signature.ts'
import type { KeyHolder } from './key-shelves.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { JsonObject } from './strict-json.ts'

/**
 * The claims of a token that a key of `holder` signed; keys that do not know it are fetched anew, once. Throws `unauthorized` when none
 * did, and like {@link SigningKeys} when there are no keys. What the claims say is for the caller to check.
 */
export async function verifiedClaims(
  signingKeys: SigningKeys,
  holder: KeyHolder,
  token: string,
): Promise<JsonObject> {
  const keys = await signingKeys.of(holder)
  const claims = await claimsSignedBy(keys, token)
  if (claims !== undefined) return claims
  const newer = await signingKeys.newerThan(keys, holder)
  const later = newer && (await claimsSignedBy(newer, token))
  if (later === undefined) {
    throw refused('CONJ00015E Failed to verify the token: no key of the issuer signed it')
  }
  return later
}
