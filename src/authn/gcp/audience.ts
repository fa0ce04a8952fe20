import type { Id } from '#domain/id.ts'
import { claimAt } from '#authn/jwt/claim-path.ts'
import { roleNamed } from '#authn/jwt/identity.ts'
import { refused } from '#authn/jwt/refusal.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'

const AUDIENCE = /^conjur\/(?<account>[^/]+)\/(?<login>.+)$/su

/**
 * The role that a token was made for: its audience is `conjur/ACCOUNT/LOGIN`, which whoever asked for the token chose
 * (reference/conjur-api.md 6.8). Throws `unauthorized` with CONJ00067E for another form, with CONJ00070E for another account than `account`.
 */
export function roleIn(claims: JsonObject, account: string): Id {
  const audience = claimAt(claims, 'aud')
  if (audience === undefined || audience === '') {
    throw refused("CONJ00051E The token lacks the claim 'aud', or it is empty")
  }
  const groups = typeof audience === 'string' ? AUDIENCE.exec(audience)?.groups : undefined
  const { account: named, login } = groups ?? {}
  if (named === undefined || login === undefined) {
    throw refused("CONJ00067E The 'aud' of the token does not have the form conjur/ACCOUNT/HOST-ID")
  }
  if (named !== account) {
    throw refused("CONJ00070E The 'aud' of the token names another account")
  }
  return roleNamed(account, login)
}
