import type { Proof } from '#app/authenticator.ts'
import { makeId, roleOfLogin, type Id } from '#domain/id.ts'
import { quoted } from '#lib/failure.ts'
import { claimAt, isClaimPath } from './claim-path.ts'
import { refused } from './refusal.ts'
import type { Declared } from './settings.ts'
import type { JsonObject } from './strict-json.ts'

/** Where the name of the host stands when the request does not name it. */
export interface IdentitySettings {
  /** The claim that holds the name; when absent, the request must name the role. */
  readonly property: string | undefined
  /** The policy below which the names are. */
  readonly path: string | undefined
}

/** The identity settings; throws `unauthorized` when the claim cannot be one. */
export function identitySettingsOf(declared: Declared): IdentitySettings {
  const property = declared.get('token-app-property')
  if (property !== undefined && !isClaimPath(property)) {
    throw refused('CONJ00117E The value of token-app-property is not the path of a claim')
  }
  return { property, path: declared.get('identity-path') }
}

/**
 * The role that a request is about: the one it names, or the host whose name a claim holds. Throws `unauthorized` when both could tell
 * or neither, so that whoever configures an instance decides which of the two counts.
 */
export function roleOf(
  { account, login }: Pick<Proof, 'account' | 'login'>,
  { property, path }: IdentitySettings,
  claims: JsonObject,
): Id {
  if ((login === undefined) === (property === undefined)) {
    throw refused(
      'CONJ00098E The identity is misconfigured: it must come from the request or from token-app-property, not from both',
    )
  }
  if (login !== undefined) return roleNamed(account, login)
  const name = joined(path, hostNameIn(claims, property ?? ''))
  return asRole(name, () => makeId(account, 'host', name))
}

/** The role that logs in as `login`; throws `unauthorized` when that cannot be the name of one. */
export const roleNamed = (account: string, login: string): Id =>
  asRole(login, () => roleOfLogin(account, login))

function hostNameIn(claims: JsonObject, property: string): string {
  const value = claimAt(claims, property)
  if (value === undefined) {
    throw refused(`CONJ00081E The token lacks the claim '${property}', which names the host`)
  }
  if (typeof value !== 'string') {
    throw refused(`CONJ00118E The claim '${property}', which names the host, is not a string`)
  }
  if (value === '') {
    throw refused(`CONJ00101E The claim '${property}', which names the host, is empty`)
  }
  return value
}

/** Parts of a path joined as the reference joins them: no slash twice, none in front. */
const joined = (path: string | undefined, name: string): string =>
  `${path ?? ''}/${name}`.replaceAll(/\/+/g, '/').replace(/^\//, '')

function asRole(name: string, make: () => Id): Id {
  try {
    return make()
  } catch (cause) {
    throw refused(`CONJ00007E ${quoted(name)} cannot be the name of a role`, { cause })
  }
}
