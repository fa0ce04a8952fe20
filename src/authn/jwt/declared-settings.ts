import type { AuthenticatorSettings } from '#app/authenticator.ts'
import { refused } from './refusal.ts'

/** The variables that configure an instance (reference/conjur-api.md 6.4). */
export const SETTINGS = [
  'jwks-uri',
  'provider-uri',
  'public-keys',
  'ca-cert',
  'issuer',
  'audience',
  'token-app-property',
  'identity-path',
  'enforced-claims',
  'claim-aliases',
] as const

/** The name of a setting. */
export type SettingName = (typeof SETTINGS)[number]

/** The settings that are declared; each has a value. */
export type Declared = ReadonlyMap<SettingName, string>

/**
 * The settings of the instance whose variables are below `prefix`, without the white space around them. Throws `unauthorized` when
 * one is declared and empty: what was meant to be set must not count as switched off.
 */
export function mustHaveValues(prefix: string, settings: AuthenticatorSettings): Declared {
  const declared = new Map<SettingName, string>()
  for (const name of SETTINGS) {
    if (!settings.has(name)) continue
    const value = settings.get(name)?.trim()
    if (value === undefined || value === '') {
      throw refused(`CONJ00037E Missing value for resource: ${prefix}/${name}`)
    }
    declared.set(name, value)
  }
  return declared
}
