import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, AuthenticatorSettings, Proof } from '#app/authenticator.ts'
import { declaredValues } from '#app/instance-settings.ts'
import type { Outbound } from '#app/outbound.ts'
import { claimAt } from '#authn/jwt/claim-path.ts'
import { cloudClaims } from '#authn/jwt/cloud-token.ts'
import { fetchProviderKeys } from '#authn/jwt/fetch-provider-keys.ts'
import { roleNamed } from '#authn/jwt/identity.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { mustBeFor, mustBeIssuedBy } from '#authn/jwt/registered-claims.ts'
import { createSigningKeys } from '#authn/jwt/signing-keys.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'
import { attributesIn } from './attributes.ts'
import { checksOf } from './checks.ts'
import { restrictionsOn } from './restrictions.ts'
import { holderOf, readSettings } from './settings.ts'
import type { NamedInstance } from './settings.ts'

const TYPE = 'authn-azure'

/** What authn-azure stands on. */
export interface AzureAuthenticatorParts {
  readonly outbound: Outbound
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Recognises workloads by the token that Azure gives to the managed identity which they have (reference/conjur-api.md 6.7).
 * docs/compatibility.md lists in what it is stricter than the reference.
 */
export function azureAuthenticator({ outbound, now }: AzureAuthenticatorParts): Authenticator {
  const signingKeys = createSigningKeys(fetchProviderKeys(outbound), now)
  const settings = settingsOfType(TYPE)
  const named = (
    { account, service }: Pick<Proof, 'account' | 'service'>,
    configuration: AuthenticatorSettings,
  ): NamedInstance => {
    if (service === undefined) throw refused('CONJ00097E The name of the authenticator is missing')
    const instance = { account, service, type: TYPE }
    return { account, service, declared: declaredValues({ settings }, instance, configuration) }
  }
  return {
    type: TYPE,
    settings,
    namedBy: () => 'request',
    checks: (instance, configuration) =>
      checksOf(signingKeys, () => named(instance, configuration)),
    conditions: (instance, configuration, role) =>
      restrictionsOn(role, named(instance, configuration).service),
    async recognise(proof, configuration) {
      const instance = named(proof, configuration)
      const { provider, tenant, audience } = readSettings(instance.declared)
      const role = roleNamed(instance.account, proof.login ?? '')
      const claims = await cloudClaims({ signingKeys, now }, proof, holderOf(instance))
      mustBeIssuedBy(claims, issuerFor(claims, provider))
      mustBeFor(claims, audience)
      const attributes = attributesIn(claims, tenant)
      return { role, attributes: () => attributes }
    },
  }
}

/** The address of a provider as a token spells it: with a slash at its end and without, it is that of one. */
function issuerFor(claims: JsonObject, uri: string): string {
  const other = uri.endsWith('/') ? uri.slice(0, -1) : `${uri}/`
  return claimAt(claims, 'iss') === other ? other : uri
}
