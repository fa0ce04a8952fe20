import assert from 'node:assert/strict'
import { isOidcProviders } from '#api/oidc-wire.ts'
import type { OidcProviderBody } from '#api/oidc-wire.ts'
import { isAccessToken } from '#api/wire.ts'
import { ISSUER, SECRET, tokenFor, world } from '../authn/oidc/provider.ts'
import type { World } from '../authn/oidc/provider.ts'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, at, mustBe, NOW, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const second = NOW / 1000

const POLICY = `
- !group ops
- !group conjur/oidc-users
- !user alice
- !user { id: fenced, restricted_to: [192.0.2.0/24] }
- !user { id: picky, annotations: { strongroom/attest/oidc.groups: admins } }
- !user outsider
- !host app
- !grant { role: !group conjur/oidc-users, members: [!user alice, !user fenced, !user picky, !host app] }
- !policy
  id: conjur/authn-oidc
  body:
    - !policy
      id: idp
      body:
        - !webservice
        - !webservice status
        - !variable provider-uri
        - !variable client-id
        - !variable client-secret
        - !variable redirect-uri
        - !variable claim-mapping
        - !variable token-ttl
    - !policy
      id: tokens
      body:
        - !webservice
        - !variable provider-uri
        - !variable id-token-user-property
        - !variable audience
    - !policy { id: half, body: [ !webservice , !variable provider-uri ] }
    - !policy
      id: far
      body:
        - !webservice
        - !variable provider-uri
        - !variable client-id
        - !variable client-secret
        - !variable claim-mapping
    - !policy { id: away, body: [ !webservice ] }
- !permit
  role: !group conjur/oidc-users
  privileges: [read, authenticate]
  resources: [ !webservice conjur/authn-oidc/idp, !webservice conjur/authn-oidc/tokens ]
`

/** The settings of the instances, below `conjur/authn-oidc/`. */
export const VALUES: Readonly<Record<string, string>> = {
  'idp/provider-uri': ISSUER,
  'idp/client-id': 'strongroom',
  'idp/client-secret': SECRET,
  'idp/redirect-uri': 'http://127.0.0.1:8888/callback',
  'idp/claim-mapping': 'preferred_username',
  'idp/token-ttl': 'PT30M',
  'tokens/provider-uri': ISSUER,
  'tokens/id-token-user-property': 'preferred_username',
  'tokens/audience': 'strongroom',
  'half/provider-uri': ISSUER,
  'far/provider-uri': 'https://nowhere.example',
  'far/client-id': 'c',
  'far/client-secret': 's',
  'far/claim-mapping': 'email',
}

const ENABLED = ['idp', 'tokens', 'half', 'far'].map((name) => `authn-oidc/${name}`)

/** A node with instances for logins in a browser (`idp`), for ID tokens (`tokens`), and some that are of no use. */
export async function withProvider(outside: World = world()): Promise<TestNode> {
  const node = await openNode({
    settings: { authenticators: ENABLED },
    authenticatorCalls: outside.outbound,
  })
  await node.load(POLICY)
  for (const [name, value] of Object.entries(VALUES)) {
    await node.set(`conjur/authn-oidc/${name}`, value)
  }
  return node
}

/** What a provider says of somebody who has just logged in. */
export const claims = (
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({ iat: second, exp: second + 60, ...more })

/** The providers of an account, as they are told. */
export const list = async (node: TestNode, query = '', account: string = ACCOUNT): Promise<Reply> =>
  mustBe(200, await node.anyone.get(`/authn-oidc/${account}/providers${query}`))

/** The one provider that is offered. */
export async function provider(node: TestNode): Promise<OidcProviderBody> {
  const { json } = await list(node)
  assert.ok(isOidcProviders(json))
  const [first, ...more] = json
  assert.deepEqual(more, [])
  return first ?? assert.fail('no provider is offered')
}

/** Where somebody comes back to. */
export const AUTHENTICATE: string = `/authn-oidc/idp/${ACCOUNT}/authenticate`

/** The text of a query. */
export const queryOf = (parameters: Readonly<Record<string, string>>): string =>
  new URLSearchParams(parameters).toString()

/** How long a token lives, in seconds. */
export function lifeOf(token: unknown): number {
  assert.ok(isAccessToken(token))
  const payload: unknown = JSON.parse(Buffer.from(token.payload, 'base64url').toString())
  return Number(at(payload, 'exp')) - Number(at(payload, 'iat'))
}

/** Where somebody comes back to, and from which provider. */
export interface Visit {
  readonly node: TestNode
  readonly outside: World
  readonly service: string
  readonly caller?: Caller
}

/** Comes back from the provider of an instance, which says this of somebody. */
export async function comeBackTo(
  { node, outside, service, caller = node.anyone }: Visit,
  said: Readonly<Record<string, unknown>>,
): Promise<Reply> {
  const { nonce, code_verifier, redirect_uri: url, name } = await provider(node)
  const invitation = { nonce, codeVerifier: code_verifier, url, name, state: '' }
  outside.token = tokenFor(invitation, said)
  const query = queryOf({ code: 'c0de', nonce, code_verifier })
  return caller.get(`/authn-oidc/${service}/${ACCOUNT}/authenticate?${query}`)
}

/** The same for `idp`, and somebody who has just logged in. */
export const comeBack = (
  node: TestNode,
  outside: World,
  said: Readonly<Record<string, unknown>> = {},
  caller: Caller = node.anyone,
): Promise<Reply> => comeBackTo({ node, outside, service: 'idp', caller }, claims(said))

/** Where a client brings an ID token to. */
export const TOKENS: string = `/authn-oidc/tokens/${ACCOUNT}/authenticate`
