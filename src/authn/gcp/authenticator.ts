import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator } from '#app/authenticator.ts'
import type { Outbound } from '#app/outbound.ts'
import { cloudClaims } from '#authn/jwt/cloud-token.ts'
import { fetchProviderKeys } from '#authn/jwt/fetch-provider-keys.ts'
import type { KeyHolder } from '#authn/jwt/key-shelves.ts'
import { mustBeIssuedBy } from '#authn/jwt/registered-claims.ts'
import { createSigningKeys } from '#authn/jwt/signing-keys.ts'
import { attributesIn } from './attributes.ts'
import { roleIn } from './audience.ts'
import { restrictionsOn } from './restrictions.ts'

const TYPE = 'authn-gcp'

/** Who issues the tokens of all workloads of Google Cloud. */
const PROVIDER = 'https://accounts.google.com'

/** What authn-gcp stands on. */
export interface GcpAuthenticatorParts {
  readonly outbound: Outbound
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Recognises workloads by the token that Google gives to their service account (reference/conjur-api.md 6.8): instances of Compute Engine,
 * Cloud Run, functions and the like. There is one in an account and nothing to set. docs/compatibility.md lists in what it is stricter than
 * the reference.
 */
export function gcpAuthenticator({ outbound, now }: GcpAuthenticatorParts): Authenticator {
  const signingKeys = createSigningKeys(fetchProviderKeys(outbound), now)
  return {
    type: TYPE,
    settings: settingsOfType(TYPE),
    namedBy: () => 'proof',
    conditions: (_instance, _configuration, role) => restrictionsOn(role),
    checks: ({ account }) => [
      {
        name: 'provider',
        hint: 'make sure that the server can reach accounts.google.com and www.googleapis.com, and lists both in outbound-only if that is set; the audit trail has the reason',
        run: async () => void (await signingKeys.of(holderOf(account))),
      },
    ],
    async recognise(proof) {
      const { account } = proof
      const claims = await cloudClaims({ signingKeys, now }, proof, holderOf(account))
      mustBeIssuedBy(claims, PROVIDER)
      const role = roleIn(claims, account)
      const attributes = attributesIn(claims)
      return { role, attributes: () => attributes }
    },
  }
}

/** There is one instance in an account, which has no name of its own. */
const holderOf = (account: string): KeyHolder => ({
  account,
  service: '',
  source: { kind: 'provider-uri', uri: PROVIDER },
})
