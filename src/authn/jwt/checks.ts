import type { InstanceCheck } from '#app/authenticator.ts'
import { Failure } from '#lib/failure.ts'
import { aliasesOf } from './claim-aliases.ts'
import { enforcedClaimsOf } from './enforced-claims.ts'
import { identitySettingsOf } from './identity.ts'
import { issuerOf, keySourceOf } from './key-source.ts'
import { leewayOf } from './registered-claims.ts'
import type { Declared } from './settings.ts'
import type { SigningKeys } from './signing-keys.ts'
import { reviewSettingsOf } from './token-review.ts'
import type { ReviewToken } from './token-review.ts'

/** What the checks ask. */
export interface CheckParts {
  readonly signingKeys: SigningKeys
  readonly review: ReviewToken
}

/** An instance, and what is set of it. */
export interface CheckedInstance {
  readonly account: string
  readonly service: string
  readonly declared: Declared
}

/**
 * What must hold for an instance to recognise anybody, each for itself, so that whoever configures it sees what is wrong with which
 * variable (reference/conjur-api.md 6.4, status check). `instance` throws `unauthorized` like the checks
 * when the instance has no name or lacks a value.
 */
export function checksOf(
  { signingKeys, review }: CheckParts,
  instance: () => CheckedInstance,
): readonly InstanceCheck[] {
  const declared = (): Declared => instance().declared
  return [
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
    check('clock leeway', 'set clock-leeway to a number of seconds, or remove it', () => {
      leewayOf(declared().get('clock-leeway'))
    }),
    check(
      'signing keys',
      'make sure that the server can reach the address, that ca-cert fits and that it answers with a key set; the audit trail has the reason',
      async () => {
        const { account, service } = instance()
        await signingKeys.of({ account, service, source: keySourceOf(declared()) })
      },
    ),
    check(
      'token review',
      'give the service account of kubernetes/service-account-token, or of this server, the cluster role system:auth-delegator, and set audience',
      () => mustBeAnswered(review, declared()),
    ),
  ]
}

/** A token that cannot be one: an API server that may be asked says that it does not hold. */
const NO_TOKEN = 'strongroom-status-check'

async function mustBeAnswered(review: ReviewToken, declared: Declared): Promise<void> {
  const settings = reviewSettingsOf(declared)
  if (settings === undefined) return
  try {
    await review(settings, NO_TOKEN)
  } catch (error) {
    if (error instanceof Failure && error.message.startsWith('CONJ00153E')) return
    throw error
  }
}

const check = (name: string, hint: string, run: InstanceCheck['run']): InstanceCheck => ({
  name,
  hint,
  run,
})
