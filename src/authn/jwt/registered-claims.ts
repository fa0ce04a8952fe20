import { Failure } from '#lib/failure.ts'
import { claimAt } from './claim-path.ts'
import { refused } from './refusal.ts'
import { JsonNumber, type JsonObject } from './strict-json.ts'

/**
 * How far the clock of an issuer may be ahead of ours, in seconds: for `nbf` and `iat` alone. A token that was just made is
 * otherwise refused for the fraction of a second by which two clocks differ; for `exp` no such case exists.
 */
const LEEWAY = 5

/**
 * Throws unless the token is good at `now` (milliseconds since 1970): `token_expired` at its `exp`, which it must have, and
 * `unauthorized` before its `nbf` or `iat` (RFC 7519 4.1.4 to 4.1.6).
 */
export function mustBeCurrent(claims: JsonObject, now: number): void {
  const expires = timeIn(claims, 'exp')
  if (expires === undefined) throw missing('exp')
  if (now >= expires * 1000) throw new Failure('token_expired', 'CONJ00016E Token expired')
  for (const name of ['nbf', 'iat']) {
    const begins = timeIn(claims, name) ?? Number.NEGATIVE_INFINITY
    if (now < (begins - LEEWAY) * 1000) {
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

/** Throws `unauthorized` unless `issuer`, in just these characters, issued the token (RFC 7519 4.1.1). */
export function mustBeIssuedBy(claims: JsonObject, issuer: string): void {
  const claimed = claimAt(claims, 'iss')
  if (claimed === undefined) throw missing('iss')
  if (claimed !== issuer) {
    throw refused("CONJ00015E Failed to verify the token: its 'iss' is not the configured issuer")
  }
}

/** Throws `unauthorized` unless the token is meant for `audience`, perhaps among others; any will do when that is `undefined`. */
export function mustBeFor(claims: JsonObject, audience: string | undefined): void {
  if (audience === undefined) return
  const claimed = claimAt(claims, 'aud')
  if (claimed === undefined) throw missing('aud')
  const audiences: readonly unknown[] = Array.isArray(claimed) ? claimed : [claimed]
  if (!audiences.includes(audience)) {
    throw refused("CONJ00015E Failed to verify the token: its 'aud' is not the configured audience")
  }
}

const missing = (name: string): Failure =>
  refused(`CONJ00091E The token lacks the mandatory claim '${name}'`)
