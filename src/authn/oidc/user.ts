import { adminOf, makeId, roleOfLogin, type Id } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { claimAt } from '#authn/jwt/claim-path.ts'
import { refused } from '#authn/jwt/refusal.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'

/** Which claim names somebody. */
export interface NamingClaim {
  readonly path: string
  /** The setting that says so. */
  readonly setting: string
}

/**
 * Who logs in with an ID token: what the claim names, as a login (reference/conjur-api.md 6.5: `alice`, `host/app`). Throws `unauthorized` when
 * it names nobody, an address that is not verified, or the administrator.
 */
export const loginIn = (account: string, claims: JsonObject, naming: NamingClaim): Id =>
  nobodyOfOurs(
    account,
    asRole(nameIn(claims, naming), (name) => roleOfLogin(account, name)),
  )

/** Who logs in by the code flow: the user whom the claim names, and never a host. Throws like {@link loginIn}. */
export const userIn = (account: string, claims: JsonObject, naming: NamingClaim): Id =>
  nobodyOfOurs(
    account,
    asRole(nameIn(claims, naming), (name) => userNamed(account, name)),
  )

function nameIn(claims: JsonObject, { path, setting }: NamingClaim): string {
  const name = claimAt(claims, path)
  if (typeof name !== 'string' || name === '') {
    throw refused(
      `CONJ00013E The claim '${path}', which ${setting} names, is missing, empty or no text`,
    )
  }
  const isVerified = claimAt(claims, 'email_verified')
  // Whoever may type any address into their profile could be anybody.
  if (path === 'email' && (isVerified === false || isVerified === 'false')) {
    throw refused(`CONJ00013E The claim 'email', which ${setting} names, is not verified`)
  }
  return name
}

/** A name that begins like that of a role of some kind would be somebody else's in an access token. */
function userNamed(account: string, name: string): Id {
  if (/^(?:host|user)\//.test(name)) throw new Failure('argument_error', 'it names a kind')
  return makeId(account, 'user', name)
}

function asRole(name: string, make: (name: string) => Id): Id {
  try {
    return make(name)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw refused(`CONJ00007E ${quoted(name)} cannot be the name of a role`)
  }
}

/** In many providers people choose their names themselves. */
function nobodyOfOurs(account: string, role: Id): Id {
  if (role !== adminOf(account)) return role
  throw refused('CONJ00017E The administrator may not log in with this authenticator')
}
