import { settingsOfType } from '#app/authenticator-table.ts'
import type { Authenticator, AuthenticatorSettings, Proof, Recognised } from '#app/authenticator.ts'
import { declaredValues } from '#app/instance-settings.ts'
import type { OnceStore } from '#app/once-store.ts'
import type { Outbound } from '#app/outbound.ts'
import type { Vault } from '#app/vault.ts'
import type { KeyHolder } from '#authn/jwt/key-shelves.ts'
import { refused } from '#authn/jwt/refusal.ts'
import type { JsonObject } from '#authn/jwt/strict-json.ts'
import { mustHaveHeader } from '#authn/jwt/token-header.ts'
import { verifiedClaims } from '#authn/jwt/verified-claims.ts'
import { attributesIn } from './attributes.ts'
import { checksOf } from './checks.ts'
import { codeExchange, type ExchangeCode } from './code-exchange.ts'
import { confirmationsOf, groupSettingsOf } from './group-roles.ts'
import { mustBeIdToken, mustBeOfLogin } from './id-token.ts'
import { authorizationUrl, titleOf } from './invitation.ts'
import { loginRequests, type LoginPlace, type LoginRequests } from './login-request.ts'
import { broughtBackIn, idTokenIn } from './presented.ts'
import { createProviders, type Providers } from './provider.ts'
import {
  readSettings,
  type CodeFlowSettings,
  type Declared,
  type OidcSettings,
} from './settings.ts'
import { loginIn, userIn } from './user.ts'

const TYPE = 'authn-oidc'

/** What authn-oidc stands on. */
export interface OidcAuthenticatorParts {
  readonly outbound: Outbound
  readonly vault: Vault
  readonly once: OnceStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How long access tokens of the code flow live unless the instance says otherwise, in seconds (reference/conjur-api.md 2.3). */
const USUAL_SECONDS = 3600

/** What recognising somebody needs. */
interface Door {
  readonly providers: Providers
  readonly exchange: ExchangeCode
  readonly requests: LoginRequests
  readonly now: () => number
}

/** Somebody at the door of an instance. */
interface Arrival {
  readonly proof: Proof
  readonly settings: OidcSettings
  readonly holder: KeyHolder
}

/**
 * Recognises people by an OpenID Connect provider (reference/conjur-api.md 6.5): by an ID token that their client brings along, or by the
 * code with which the provider sends them back. docs/compatibility.md lists in what it is stricter than the reference.
 */
export function oidcAuthenticator(parts: OidcAuthenticatorParts): Authenticator {
  const { outbound, now } = parts
  const providers = createProviders(outbound, now)
  const requests = loginRequests(parts, now)
  const door: Door = { providers, requests, exchange: codeExchange(outbound), now }
  const settings = settingsOfType(TYPE)
  const declaredBy = (instance: Named, configuration: AuthenticatorSettings): Declared =>
    declaredValues({ settings }, { ...instance, type: TYPE }, configuration)
  return {
    type: TYPE,
    settings,
    namedBy: () => 'proof',
    checks: (instance, configuration) =>
      checksOf(providers, () => ({
        ...mustHaveService(instance),
        declared: declaredBy(instance, configuration),
      })),
    conditions({ account, ...instance }, configuration, role) {
      const declared = declaredBy({ account, ...instance }, configuration)
      return confirmationsOf(role, groupSettingsOf(account, declared))
    },
    async recognise(proof, configuration) {
      const named = mustHaveService(proof)
      const rules = readSettings(named.account, declaredBy(named, configuration))
      const arrival = { proof, settings: rules, holder: { ...named, source: rules.source } }
      const { parameters } = proof
      return parameters === undefined ? byIdToken(door, arrival) : byCode(door, arrival, parameters)
    },
    async invite(instance, configuration) {
      const named = mustHaveService(instance)
      const declared = declaredBy(named, configuration)
      const { codeFlow: client, source } = readSettings(named.account, declared)
      if (client === undefined) throw closed('logins in a browser')
      const provider = await providers.of({ ...named, source })
      const request = requests.make(placeOf({ ...named, source }, client))
      return {
        ...request,
        name: declared.get('name') ?? titleOf(named.service),
        url: authorizationUrl(provider, client, request),
      }
    },
  }
}

type Named = Pick<Proof, 'account' | 'service'>

async function byIdToken(
  { providers, now }: Door,
  { proof, settings, holder }: Arrival,
): Promise<Recognised> {
  const rules = settings.idTokens
  const token = idTokenIn(proof)
  if (rules === undefined) throw closed('ID tokens')
  mustHaveHeader(token)
  const { issuer } = await providers.of(holder)
  const claims = await verifiedClaims(providers.signingKeys, holder, token)
  mustBeIdToken(claims, { issuer, audience: rules.audience, now: now() })
  const naming = { path: rules.userClaim, setting: 'id-token-user-property' }
  return recognised(
    loginIn(holder.account, claims, naming),
    claims,
    settings,
    settings.tokenSeconds,
  )
}

async function byCode(
  { providers, exchange, requests, now }: Door,
  { settings, holder }: Arrival,
  query: URLSearchParams,
): Promise<Recognised> {
  const client = settings.codeFlow
  const brought = broughtBackIn(query)
  if (client === undefined) throw closed('logins in a browser')
  // Before anything is sent anywhere: a code goes to no provider but the one that it was asked of here.
  const sentAt = requests.recognise(placeOf(holder, client), brought)
  const provider = await providers.of(holder)
  const { idToken, accessToken } = await exchange(
    { ...provider, ...authorities(holder) },
    client,
    brought,
  )
  mustHaveHeader(idToken)
  const claims = await verifiedClaims(providers.signingKeys, holder, idToken)
  mustBeIdToken(claims, { issuer: provider.issuer, audience: client.clientId, now: now() })
  mustBeOfLogin(idToken, claims, { ...brought, clientId: client.clientId, sentAt, accessToken })
  await requests.use(brought)
  const naming = { path: client.userClaim, setting: 'claim-mapping' }
  const role = userIn(holder.account, claims, naming)
  return recognised(role, claims, settings, settings.tokenSeconds ?? USUAL_SECONDS)
}

const recognised = (
  role: Recognised['role'],
  claims: JsonObject,
  { groups }: OidcSettings,
  tokenSeconds: number | undefined,
): Recognised => ({
  role,
  attributes: () => attributesIn(claims, groups),
  ...(tokenSeconds === undefined ? {} : { tokenSeconds }),
})

const placeOf = (
  { account, service, source }: KeyHolder,
  { clientId }: CodeFlowSettings,
): LoginPlace => ({
  account,
  service,
  provider: source.kind === 'public-keys' ? '' : source.uri,
  clientId,
})

const authorities = ({ source }: KeyHolder): { readonly caPem?: string } =>
  source.kind === 'public-keys' || source.caPem === undefined ? {} : { caPem: source.caPem }

const closed = (to: string): Error =>
  refused(`CONJ00130E The authenticator is not configured for ${to}`)

function mustHaveService({ account, service }: Named): Pick<KeyHolder, 'account' | 'service'> {
  if (service !== undefined) return { account, service }
  throw refused('CONJ00075E The name of the authenticator is missing')
}
