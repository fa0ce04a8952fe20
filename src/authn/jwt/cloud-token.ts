import type { Proof } from '#app/authenticator.ts'
import type { KeyHolder } from './key-shelves.ts'
import { leewayOf, mustBeCurrent } from './registered-claims.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { JsonObject } from './strict-json.ts'
import { tokenFromBody } from './token-from-body.ts'
import { mustHaveHeader } from './token-header.ts'
import { verifiedClaims } from './verified-claims.ts'

/** What reading the tokens of a cloud stands on. */
export interface CloudTokenParts {
  readonly signingKeys: SigningKeys
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The one signature that Microsoft and Google put under the tokens of workloads. */
const ALGORITHMS = ['RS256']

/**
 * The claims of the token in the body of a proof that a cloud gave to one of its workloads, once a key of `holder` has signed it and while it
 * is good. Throws like {@link tokenFromBody} and {@link verifiedClaims}, `token_expired` at its end. By whom and for whom it was made is for
 * the caller to check.
 */
export async function cloudClaims(
  { signingKeys, now }: CloudTokenParts,
  { body }: Pick<Proof, 'body'>,
  holder: KeyHolder,
): Promise<JsonObject> {
  const token = tokenFromBody(body)
  mustHaveHeader(token, ALGORITHMS)
  const claims = await verifiedClaims(signingKeys, holder, token)
  mustBeCurrent(claims, now(), leewayOf(undefined))
  return claims
}
