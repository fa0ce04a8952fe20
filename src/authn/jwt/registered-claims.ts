import { Failure } from '#lib/failure.ts'
import { claimAt } from './claim-path.ts'
import { refused } from './refusal.ts'
import { JsonNumber, type JsonObject } from './strict-json.ts'

/** How far the clocks of an issuer and of this server may be apart, in seconds. */
export interface Leeway {
  /** For `nbf` and `iat`. */
  readonly begin: number
  /** For `exp`. */
  readonly end: number
}

/**
 * Where nothing is set: a token that was just made is otherwise refused for the fraction of a second by which two clocks differ; for its end
 * no such case exists.
 */
const USUAL: Leeway = { begin: 5, end: 0 }

/** The leeway of a value of `clock-leeway`, in seconds; throws `unauthorized` when it is none. */
export function leewayOf(value: string | undefined): Leeway {
  if (value === undefined) return USUAL
  if (!/^\d{1,3}$/.test(value) || Number(value) > MAX_LEEWAY) {
    throw refused(
      `CONJ00037E The value of clock-leeway is not a whole number of seconds up to ${MAX_LEEWAY}`,
    )
  }
  return { begin: Number(value), end: Number(value) }
}

/** In seconds; with more, a token of some minutes would live twice as long. */
const MAX_LEEWAY = 300

/**
 * Throws unless the token is good at `now` (milliseconds since 1970): `token_expired` at its `exp`, which it must have, and
 * `unauthorized` before its `nbf` or `iat` (RFC 7519 4.1.4 to 4.1.6).
 */
export function mustBeCurrent(claims: JsonObject, now: number, leeway: Leeway): void {
  const expires = timeIn(claims, 'exp')
  if (expires === undefined) throw missing('exp')
  if (now >= (expires + leeway.end) * 1000) {
    throw new Failure('token_expired', 'CONJ00016E Token expired')
  }
  for (const name of ['nbf', 'iat']) {
    const begins = timeIn(claims, name) ?? Number.NEGATIVE_INFINITY
    if (now < (begins - leeway.begin) * 1000) {
      throw refused(`CONJ00015E Failed to verify the token: its '${name}' lies in the future`)
    }
  }
}

function timeIn(claims: JsonObject, name: string): number | undefined {
  const time = claimAt(claims, name)
  if (time === undefined) return undefined
  if (!(time instanceof JsonNumber) || !Number.isFinite(time.value)) {
    throw refused(`CONJ00015E Failed to verify the token: its '${name}' is not a time`)
  }
  return time.value
}

/**
 * Throws `unauthorized` unless `issuer`, in just these characters, issued the token (RFC 7519 4.1.1). Where the issuer is a SPIFFE trust
 * domain, a token that does not say who issued it must be of one of its workloads: a JWT-SVID has no `iss` (JWT-SVID 3).
 */
export function mustBeIssuedBy(claims: JsonObject, issuer: string): void {
  const claimed = claimAt(claims, 'iss')
  if (claimed === undefined) {
    if (isOfTrustDomain(claims, issuer)) return
    throw missing('iss')
  }
  if (claimed === '') throw emptyClaim('iss')
  if (claimed !== issuer) {
    throw refused("CONJ00015E Failed to verify the token: its 'iss' is not the configured issuer")
  }
}

function isOfTrustDomain(claims: JsonObject, issuer: string): boolean {
  const subject = claimAt(claims, 'sub')
  const isDomain = /^spiffe:\/\/[a-z0-9._-]+$/.test(issuer)
  return isDomain && typeof subject === 'string' && subject.startsWith(`${issuer}/`)
}

/** Throws `unauthorized` unless the token is meant for `audience`, perhaps among others; any will do when that is `undefined`. */
export function mustBeFor(claims: JsonObject, audience: string | undefined): void {
  if (audience === undefined) return
  const claimed = claimAt(claims, 'aud')
  if (claimed === undefined) throw missing('aud')
  if (claimed === '' || (Array.isArray(claimed) && claimed.length === 0)) throw emptyClaim('aud')
  const audiences: readonly unknown[] = Array.isArray(claimed) ? claimed : [claimed]
  if (!audiences.includes(audience)) {
    throw refused("CONJ00015E Failed to verify the token: its 'aud' is not the configured audience")
  }
}

const emptyClaim = (name: string): Failure =>
  refused(`CONJ00090E The mandatory claim '${name}' of the token is empty`)

const missing = (name: string): Failure =>
  refused(`CONJ00091E The token lacks the mandatory claim '${name}'`)
