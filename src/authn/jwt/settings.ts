import { aliasesOf, type ClaimAliases } from './claim-aliases.ts'
import { enforcedClaimsOf } from './enforced-claims.ts'
import { identitySettingsOf, type IdentitySettings } from './identity.ts'
import { issuerOf, keySourceOf, type KeySource } from './key-source.ts'
import { leewayOf, type Leeway } from './registered-claims.ts'
import { reviewSettingsOf, type ReviewSettings } from './token-review.ts'

/** The settings that are declared; each has a value. */
export type Declared = ReadonlyMap<string, string>

/** What an instance was configured to accept. */
export interface JwtSettings {
  readonly keySource: KeySource
  readonly issuer: string
  /** When absent, tokens for every audience are accepted. */
  readonly audience: string | undefined
  readonly leeway: Leeway
  readonly identity: IdentitySettings
  readonly enforcedClaims: readonly string[]
  readonly aliases: ClaimAliases
  /** How the cluster that made the tokens is asked about them; absent when it is not. */
  readonly review: ReviewSettings | undefined
}

/**
 * The settings of an instance. Throws `unauthorized` when they contradict each other, and when one is malformed: an instance that is half
 * configured accepts nobody.
 */
export function readSettings(declared: Declared): JwtSettings {
  const keySource = keySourceOf(declared)
  return {
    keySource,
    issuer: issuerOf(declared, keySource),
    audience: declared.get('audience'),
    leeway: leewayOf(declared.get('clock-leeway')),
    identity: identitySettingsOf(declared),
    enforcedClaims: enforcedClaimsOf(declared.get('enforced-claims')),
    aliases: aliasesOf(declared.get('claim-aliases')),
    review: reviewSettingsOf(declared),
  }
}
