import { createHash } from 'node:crypto'
import { claimAt } from '#authn/jwt/claim-path.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { leewayOf, mustBeCurrent, mustBeFor, mustBeIssuedBy } from '#authn/jwt/registered-claims.ts'
import { JsonNumber, parseStrictObject, type JsonObject } from '#authn/jwt/strict-json.ts'

/** What an ID token must say of itself. */
export interface ExpectedToken {
  readonly issuer: string
  readonly audience: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Throws unless claims that the provider signed are those of an ID token for us (OpenID Connect Core 1.0, 2 and 3.1.3.7): `token_expired` at its
 * `exp`, `unauthorized` for everything else. A token for several must name us as the party that it was given to.
 */
export function mustBeIdToken(claims: JsonObject, { issuer, audience, now }: ExpectedToken): void {
  mustBeCurrent(claims, now, leewayOf(undefined))
  mustBeIssuedBy(claims, issuer)
  mustBeFor(claims, audience)
  const audiences = claimAt(claims, 'aud')
  const isForOthers = Array.isArray(audiences) && audiences.length > 1
  if (isForOthers) mustBeGivenTo(claims, audience, { isRequired: true })
  const subject = claimAt(claims, 'sub')
  if (typeof subject !== 'string' || subject === '') throw lacking('sub')
  if (!(claimAt(claims, 'iat') instanceof JsonNumber)) throw lacking('iat')
}

/** What an ID token must say of the login that brought it. */
export interface ExpectedLogin {
  readonly clientId: string
  readonly nonce: string
  /** When somebody was sent to log in, in milliseconds since 1970. */
  readonly sentAt: number
  readonly code: string
  readonly accessToken: string | undefined
}

/** How long before somebody was sent their token may have been made: by so much may the clock of the provider be behind. In milliseconds. */
const BEHIND = 300_000

/**
 * Throws `unauthorized` unless an ID token, whose claims these are, comes from this very login: by its nonce, its age, the client that it was
 * given to, and the digests of what came with it, if it holds them (OpenID Connect Core 1.0, 3.1.3.6, 3.3.2.11).
 */
export function mustBeOfLogin(token: string, claims: JsonObject, login: ExpectedLogin): void {
  if (claimAt(claims, 'nonce') !== login.nonce) {
    throw refused('CONJ00153E The nonce of the ID token is not that of the login')
  }
  mustBeGivenTo(claims, login.clientId, { isRequired: false })
  const madeAt = claimAt(claims, 'iat')
  if (!(madeAt instanceof JsonNumber) || madeAt.value * 1000 < login.sentAt - BEHIND) {
    throw unfit("its 'iat' lies before the login")
  }
  mustHoldDigest(token, claims, 'c_hash', login.code)
  mustHoldDigest(token, claims, 'at_hash', login.accessToken)
}

function mustBeGivenTo(
  claims: JsonObject,
  party: string,
  { isRequired }: { readonly isRequired: boolean },
): void {
  const claimed = claimAt(claims, 'azp')
  if (claimed === undefined && !isRequired) return
  if (claimed !== party) throw unfit("its 'azp' is not the expected client")
}

function mustHoldDigest(
  token: string,
  claims: JsonObject,
  name: string,
  value: string | undefined,
): void {
  const claimed = claimAt(claims, name)
  if (claimed === undefined) return
  if (value === undefined || claimed !== leftHalf(value, digestOf(token))) {
    throw unfit(`its '${name}' is not that of what came with it`)
  }
}

const leftHalf = (value: string, digest: string): string => {
  const bytes = createHash(digest).update(value, 'ascii').digest()
  return bytes.subarray(0, bytes.length / 2).toString('base64url')
}

/** The digest that goes with the signature of a token; of the algorithms that count, those by Edwards curves alone do not name it. */
function digestOf(token: string): string {
  const header = parseStrictObject(Buffer.from(token.split('.', 1).join(''), 'base64url'))
  const bits = /(?:256|384|512)$/.exec(String(header['alg']))?.[0] ?? '512'
  return `sha${bits}`
}

const unfit = (how: string): Error => refused(`CONJ00128E The ID token is not valid: ${how}`)

const lacking = (name: string): Error =>
  refused(`CONJ00091E The token lacks the mandatory claim '${name}'`)
