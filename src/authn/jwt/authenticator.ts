import type { Authenticator, Outbound, Proof } from '#app/authenticator.ts'
import { checksOf } from './checks.ts'
import { SETTINGS } from './declared-settings.ts'
import { fetchKeys } from './fetch-keys.ts'
import { roleOf } from './identity.ts'
import { refused } from './refusal.ts'
import { mustBeCurrent, mustBeFor, mustBeIssuedBy } from './registered-claims.ts'
import { mustSatisfy } from './restrictions.ts'
import { readSettings, type JwtSettings } from './settings.ts'
import { claimsSignedBy } from './signature.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'
import type { JsonObject } from './strict-json.ts'
import { tokenFromBody } from './token-from-body.ts'
import { mustHaveHeader } from './token-header.ts'

const TYPE = 'authn-jwt'

/** What authn-jwt stands on. */
export interface JwtAuthenticatorParts {
  readonly outbound: Outbound
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Recognises whoever bears a JSON Web Token of a trusted issuer: a pod by its service account, a job by its CI system
 * (reference/conjur-api.md 6.4). docs/compatibility.md lists in what it is stricter, and in what more open, than the reference.
 */
export function jwtAuthenticator({ outbound, now }: JwtAuthenticatorParts): Authenticator {
  const signingKeys = createSigningKeys(fetchKeys(outbound), now)
  return {
    type: TYPE,
    settings: SETTINGS,
    checks: (instance, settings) => checksOf(signingKeys, instance, settings, prefixOf(instance)),
    async recognise(proof, configuration) {
      const { account, service } = proof
      const token = tokenFromBody(proof.body)
      mustHaveHeader(token)
      const settings = readSettings(prefixOf({ account, service }), configuration)
      const claims = await verifiedClaims(signingKeys, proof, settings, token)
      mustBeCurrent(claims, now())
      mustBeIssuedBy(claims, settings.issuer)
      mustBeFor(claims, settings.audience)
      const { aliases, enforcedClaims } = settings
      return {
        role: roleOf(proof, settings.identity, claims),
        confirm: (annotations) =>
          mustSatisfy(claims, annotations, {
            prefix: `${TYPE}/${service}/`,
            aliases,
            enforcedClaims,
          }),
      }
    },
  }
}

/** The id below which the variables of an instance are. */
const prefixOf = ({ account, service }: Pick<Proof, 'account' | 'service'>): string =>
  `${account}:variable:conjur/${TYPE}/${service}`

/** The claims of a token that a key of the instance signed; keys that do not know it are fetched anew, once. */
async function verifiedClaims(
  signingKeys: SigningKeys,
  { account, service }: Proof,
  { keySource }: JwtSettings,
  token: string,
): Promise<JsonObject> {
  const holder = { account, service, source: keySource }
  const keys = await signingKeys.of(holder)
  const claims = await claimsSignedBy(keys, token)
  if (claims !== undefined) return claims
  const newer = await signingKeys.newerThan(keys, holder)
  const later = newer && (await claimsSignedBy(newer, token))
  if (later === undefined) {
    throw refused('CONJ00015E Failed to verify the token: no key of the issuer signed it')
  }
  return later
}
