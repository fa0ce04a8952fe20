import assert from 'node:assert/strict'
import { isOidcProviders } from '#api/oidc-wire.ts'
import type { OidcProviderBody } from '#api/oidc-wire.ts'
import type { Answer } from '#client/transport.ts'
import { startHostile } from './hostile-provider.ts'
import type { Hostile } from './hostile-provider.ts'
import { jsonOf } from './node.ts'
import type { TestNode } from './node.ts'
import { startProvider } from './real-provider.ts'
import type { RealProvider } from './real-provider.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { freePort } from './processes.ts'

/** The client that the server is for the provider; what it is made of must be encoded. */
export const CLIENT = { id: 'strongroom', secret: 'a secret: 100% "odd"' } as const

const instance = (name: string, variables: readonly string[]): string => `
    - !policy
      id: ${name}
      body:
        - !webservice
        - !webservice status
        ${variables.map((variable) => `- !variable ${variable}`).join('\n        ')}
`

const CODE = [
  'provider-uri',
  'client-id',
  'client-secret',
  'redirect-uri',
  'claim-mapping',
  'ca-cert',
  'group-roles',
]
const TOKENS = ['provider-uri', 'id-token-user-property', 'audience', 'ca-cert']

const POLICY = `
- !group people
- !group ops
- !user alice
- !user bob
- !policy
  id: conjur/authn-oidc
  body:${instance('idp', CODE)}${instance('tokens', TOKENS)}${instance('hostile', CODE)}
- !grant { role: !group people, members: [!user alice, !user bob] }
- !grant { role: !group ops, members: [!user alice, !user bob] }
- !permit
  role: !group people
  privileges: [read, authenticate]
  resources:
    - !webservice conjur/authn-oidc/idp
    - !webservice conjur/authn-oidc/tokens
    - !webservice conjur/authn-oidc/hostile
`

/** What the provider says of people; of mallory, that she is the administrator. */
const PEOPLE = {
  alice: { preferred_username: 'alice', email: 'alice@example.com', groups: ['operators'] },
  bob: { preferred_username: 'bob', email: 'bob@example.com', groups: ['staff'] },
  mallory: { preferred_username: 'admin', groups: ['operators'] },
}

/**
 * A server whose users alice and bob, both in the group ops, log in at a provider that is none of ours (`idp`; `tokens` for ID tokens) or at one
 * that means no good (`hostile`). The group `operators` of either confirms ops.
 */
export interface OidcScene extends AsyncDisposable {
  readonly scene: Scene
  readonly provider: RealProvider
  readonly hostile: Hostile
  /** A server that may call both. */
  readonly node: TestNode
  /** Where people are sent back to. */
  readonly redirectUri: string
  /** What `ask` finds out from a new server, which knows nothing of the providers yet. */
  freshly<T>(ask: (at: TestNode) => Promise<T>): Promise<T>
  /** Why the last logins were refused, the newest first. */
  reasons(count: number): Promise<readonly string[]>
}

/** Starts an {@link OidcScene}. */
export async function startOidcScene(): Promise<OidcScene> {
  await using stack = new AsyncDisposableStack()
  const redirectUri = `http://127.0.0.1:${await freePort()}/callback`
  const provider = stack.use(
    await startProvider({ client: { ...CLIENT, redirectUri }, people: PEOPLE }),
  )
  const hostile = stack.use(await startHostile())
  const scene = stack.use(await startScene([['root', POLICY]]))
  for (const [name, value] of settingsOf(provider, hostile, redirectUri)) {
    await scene.set(`conjur/authn-oidc/${name}`, value)
  }
  const start = (): Promise<TestNode> =>
    scene.installation.start({
      STRONGROOM_AUTHENTICATORS: 'authn,authn-oidc/idp,authn-oidc/tokens,authn-oidc/hostile',
      STRONGROOM_OUTBOUND_ALLOW: [provider, hostile]
        .map(({ issuer }) => `oidc=${new URL(issuer).host}`)
        .join(','),
    })
  const node = await start()
  const all = stack.move()
  return {
    scene,
    provider,
    hostile,
    node,
    redirectUri,
    async freshly(ask) {
      const at = await start()
      try {
        return await ask(at)
      } finally {
        await at.stop()
      }
    },
    reasons: async (count) => (await scene.trail(count)).map(({ reason }) => String(reason)),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

function settingsOf(
  provider: RealProvider,
  hostile: Hostile,
  redirectUri: string,
): readonly (readonly [name: string, value: string])[] {
  const code = {
    'client-id': CLIENT.id,
    'client-secret': CLIENT.secret,
    'redirect-uri': redirectUri,
    'claim-mapping': 'preferred_username',
    'group-roles': '{"operators":"group:ops"}',
  }
  const real = { 'provider-uri': provider.issuer, 'ca-cert': provider.caPem }
  const all = {
    idp: { ...code, ...real },
    tokens: {
      ...real,
      'id-token-user-property': 'preferred_username',
      audience: CLIENT.id,
    },
    hostile: { ...code, 'provider-uri': hostile.issuer, 'ca-cert': hostile.caPem },
  }
  return Object.entries(all).flatMap(([name, values]) =>
    Object.entries(values).map(([variable, value]) => [`${name}/${variable}`, value] as const),
  )
}

/** The providers that a server offers. */
export async function offered(at: TestNode): Promise<readonly OidcProviderBody[]> {
  const body = jsonOf(await at.send({ method: 'GET', path: '/authn-oidc/acme/providers' }))
  assert.ok(isOidcProviders(body))
  return body
}

/** The names of the providers that a server offers. */
export const services = async (at: TestNode): Promise<readonly string[]> =>
  (await offered(at)).map(({ service_id }) => service_id)

/** One provider that a server offers. */
export const offerOf = async (at: TestNode, service: string): Promise<OidcProviderBody> =>
  (await offered(at)).find(({ service_id }) => service_id === service) ?? assert.fail(service)

/** Comes back to a server with a code. */
export function comeBack(
  at: TestNode,
  { nonce, code_verifier }: Pick<OidcProviderBody, 'nonce' | 'code_verifier'>,
  code: string,
  service = 'idp',
): Promise<Answer> {
  const query = new URLSearchParams({ code, nonce, code_verifier }).toString()
  return at.send({ method: 'GET', path: `/authn-oidc/${service}/acme/authenticate?${query}` })
}

/** Logs in at the real provider; resolves to the code with which it sends back. */
export async function codeFor(
  { provider, redirectUri }: OidcScene,
  login: string,
  offer: OidcProviderBody,
): Promise<string> {
  const address = new URL(offer.redirect_uri)
  address.searchParams.set('state', offer.state ?? '')
  const callback = await provider.logIn(address, login)
  assert.equal(callback.origin + callback.pathname, redirectUri)
  assert.equal(callback.searchParams.get('state'), offer.state)
  return callback.searchParams.get('code') ?? assert.fail('no code')
}
