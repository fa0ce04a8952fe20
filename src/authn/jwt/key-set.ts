import { createLocalJWKSet, type JWK, type LocalJWKSet } from 'jose'
import { parseDocument } from './json-document.ts'
import { refused } from './refusal.ts'
import { isJsonObject, type JsonObject } from './strict-json.ts'

/** Finds the key of a token by its header; what the header itself carries (`jwk`, `jku`, `x5c`) is never looked at. */
export type KeySet = LocalJWKSet

/** A key set (RFC 7517 5) from its JSON; throws `unauthorized` when it is none, or has no keys. */
export const parseKeySet = (json: string): KeySet =>
  keySetOf(parseDocument(json, 'CONJ00093E The key set is not a JSON object'))

/** The key set in a value of `public-keys`, `{"type":"jwks","value":{"keys":[…]}}`; throws `unauthorized` on another form. */
export function parsePublicKeys(text: string): KeySet {
  const { type, value } = parseDocument(text, 'CONJ00120E The public-keys are not a JSON object')
  if (type !== 'jwks') throw refused('CONJ00121E The type of public-keys is not jwks')
  if (!isJsonObject(value)) throw refused('CONJ00120E The value of public-keys is not a key set')
  return keySetOf(value)
}

/** Members that are no keys are passed over, as RFC 7517 5 has it. */
function keySetOf({ keys: members }: JsonObject): KeySet {
  const keys = Array.isArray(members) ? members.filter(isKey).map(forSignatures) : []
  if (keys.length === 0) throw refused('CONJ00088E The key set holds no keys')
  try {
    return createLocalJWKSet({ keys })
  } catch (cause) {
    throw refused('CONJ00093E The key set is malformed', { cause })
  }
}

/** In the bundle of a SPIFFE trust domain, keys for JWTs have a use of their own; those for certificates have another, and are for none. */
const forSignatures = (key: JWK): JWK => (key.use === 'jwt-svid' ? { ...key, use: 'sig' } : key)

const isKey = (value: unknown): value is JWK =>
  isJsonObject(value) && typeof value['kty'] === 'string'
