import type { AuthenticatorSettings, InstanceCheck, Proof } from '#app/authenticator.ts'
import { aliasesOf } from './claim-aliases.ts'
import { mustHaveValues } from './declared-settings.ts'
import { enforcedClaimsOf } from './enforced-claims.ts'
import { identitySettingsOf } from './identity.ts'
import { issuerOf, keySourceOf } from './key-source.ts'
import type { SigningKeys } from './signing-keys.ts'

/**
 * What must hold for an instance to recognise anybody, each for itself, so that whoever configures it sees what is wrong with which
 * variable (reference/conjur-api.md 6.4, status check). `prefix` is the id below which the variables are.
 */
export function checksOf(
  signingKeys: SigningKeys,
  { account, service }: Pick<Proof, 'account' | 'service'>,
  settings: AuthenticatorSettings,
  prefix: string,
): readonly InstanceCheck[] {
  const declared = (): ReturnType<typeof mustHaveValues> => mustHaveValues(prefix, settings)
  return [
    check('values', 'set the variable that is named, or remove it from the policy', () => {
      declared()
    }),
    check(
      'signing key settings',
      'declare exactly one of jwks-uri, provider-uri and public-keys, and ca-cert only with the first two',
      () => {
        keySourceOf(declared())
      },
    ),
    check('issuer', 'set issuer to what stands in the iss claim of the tokens', () => {
      issuerOf(declared(), keySourceOf(declared()))
    }),
    check('identity', 'set token-app-property to the path of the claim that names the host', () => {
      identitySettingsOf(declared())
    }),
    check('enforced claims', 'set enforced-claims to names of claims between commas', () => {
      enforcedClaimsOf(declared().get('enforced-claims'))
    }),
    check('claim aliases', 'set claim-aliases to pairs alias:claim between commas', () => {
      aliasesOf(declared().get('claim-aliases'))
    }),
    check(
      'signing keys',
      'make sure that the server can reach the address, that ca-cert fits and that it answers with a key set; the audit trail has the reason',
      async () => {
        await signingKeys.of({ account, service, source: keySourceOf(declared()) })
      },
    ),
  ]
}

const check = (name: string, hint: string, run: InstanceCheck['run']): InstanceCheck => ({
  name,
  hint,
  run,
})
