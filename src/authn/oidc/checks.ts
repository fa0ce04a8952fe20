import type { InstanceCheck } from '#app/authenticator.ts'
import { refused } from '#authn/jwt/refusal.ts'
import { groupSettingsOf } from './group-roles.ts'
import type { Providers } from './provider.ts'
import { sourceOf, tokenSecondsOf, waysIn } from './settings.ts'
import type { Declared } from './settings.ts'

/** An instance, and what is set of it. */
export interface CheckedInstance {
  readonly account: string
  readonly service: string
  readonly declared: Declared
}

/** What must hold for an instance to let anybody log in; `instance` throws `unauthorized` when it lacks a value or a name. */
export function checksOf(
  providers: Providers,
  instance: () => CheckedInstance,
): readonly InstanceCheck[] {
  return [
    check(
      'ways to log in',
      'set client-id, client-secret and claim-mapping for logins in a browser; for ID tokens that clients bring, id-token-user-property and audience',
      () => void waysIn(instance().declared),
    ),
    check('certificates', 'set ca-cert to PEM certificates, or remove it', () => {
      sourceOf(instance().declared)
    }),
    check('token ttl', 'set token-ttl to a duration such as PT90M, or remove it', () => {
      tokenSecondsOf(instance().declared)
    }),
    check(
      'groups',
      'set group-roles to a JSON object such as {"admins":"group:ops"}, and groups-claim to the path of a claim',
      () => {
        const { account, declared } = instance()
        groupSettingsOf(account, declared)
      },
    ),
    check(
      'provider',
      'make sure that the server can reach provider-uri, that ca-cert fits, and that the configuration below it names that very issuer',
      async () => {
        const { account, service, declared } = instance()
        const provider = await providers.of({ account, service, source: sourceOf(declared) })
        if (waysIn(declared).codeFlow === undefined) return
        if (provider.authorizationEndpoint !== undefined && provider.tokenEndpoint !== undefined)
          return
        throw refused('CONJ00130E The provider is misconfigured: it has no endpoints for logins')
      },
    ),
  ]
}

const check = (name: string, hint: string, run: InstanceCheck['run']): InstanceCheck => ({
  name,
  hint,
  run,
})
