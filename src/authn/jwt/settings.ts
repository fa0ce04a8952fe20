import type { AuthenticatorSettings } from '#app/authenticator.ts'
import { aliasesOf, type ClaimAliases } from './claim-aliases.ts'
import { mustHaveValues } from './declared-settings.ts'
import { enforcedClaimsOf } from './enforced-claims.ts'
import { identitySettingsOf, type IdentitySettings } from './identity.ts'
import { issuerOf, keySourceOf, type KeySource } from './key-source.ts'

/** What an instance was configured to accept. */
export interface JwtSettings {
  readonly keySource: KeySource
  readonly issuer: string
  /** When absent, tokens for every audience are accepted. */
  readonly audience: string | undefined
  readonly identity: IdentitySettings
  readonly enforcedClaims: readonly string[]
  readonly aliases: ClaimAliases
}

/**
 * The settings of the instance whose variables are below `prefix`. Throws `unauthorized` when one is declared but empty, when
 * they contradict each other, and when one is malformed: an instance that is half configured accepts nobody.
 */
export function readSettings(prefix: string, settings: AuthenticatorSettings): JwtSettings {
  const declared = mustHaveValues(prefix, settings)
  const keySource = keySourceOf(declared)
  return {
    keySource,
    issuer: issuerOf(declared, keySource),
    audience: declared.get('audience'),
    identity: identitySettingsOf(declared),
    enforcedClaims: enforcedClaimsOf(declared.get('enforced-claims')),
    aliases: aliasesOf(declared.get('claim-aliases')),
  }
}
