import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer, Call } from '#client/transport.ts'
import { startAuthenticatorScene } from './authenticator-scene.ts'
import type { AuthenticatorScene } from './authenticator-scene.ts'
import { assertSilent } from './scene.ts'
import { ask, assertRefused, bodyOf } from './v2.ts'

let scene: AuthenticatorScene

const MORE = `
- !user maker
- !user executor
- !user deleter
- !group ops
- !policy conjur/authn-oidc
- !policy conjur/authn-azure
- !policy conjur/authn-gcp
- !policy conjur/authn-iam
- !policy conjur/authn-k8s
- !permit { role: !user maker, privileges: [create], resource: !policy conjur/authn-jwt }
- !permit { role: !user viewer, privileges: [read], resource: !policy conjur/authn-jwt }
`

before(async () => {
  scene = await startAuthenticatorScene()
  await scene.load('root', MORE)
})
after(() => scene[Symbol.asyncDispose]())

const v2 = (login: string, method: Call['method'], path: string, body?: unknown): Promise<Answer> =>
  ask(scene, login, [method, `/authenticators/acme${path}`], body)

const absent = (name: string): string => `Authenticator: ${name} not found in account 'acme'`

const CI = {
  type: 'jwt',
  branch: 'conjur/authn-jwt',
  name: 'ci',
  enabled: false,
  owner: { id: 'conjur/authn-jwt/ci', kind: 'policy' },
}

test('who creates one without owning the type sees nothing of its values afterwards, and cannot use it', async () => {
  const data = { jwks_uri: 'https://ci.example/keys' }
  const body = { type: 'jwt', name: 'theirs', enabled: false, data }
  const bare = {
    ...CI,
    name: 'theirs',
    owner: { id: 'conjur/authn-jwt/theirs', kind: 'policy' },
  }
  assert.deepEqual(bodyOf(await v2('maker', 'POST', '', body), 201), bare)
  assertRefused(await v2('maker', 'GET', '/jwt/theirs'), 404, absent('theirs'))
  assertRefused(await v2('maker', 'POST', '', body), 409, 'The authenticator already exists.')
  assert.deepEqual(bodyOf(await v2('admin', 'GET', '/jwt/theirs'), 200), { ...bare, data })
})

test('creation needs `create` on the policy of the type, which must be there', async () => {
  const body = { type: 'jwt', name: 'x', data: { jwks_uri: 'https://ci.example/keys' } }
  const required = (type: string): string =>
    `Policy 'conjur/${type}' is required to create a new authenticator.`
  assertRefused(await v2('stranger', 'POST', '', body), 404, required('authn-jwt'))
  assertSilent(403, await v2('viewer', 'POST', '', body))
  assertRefused(
    await v2('admin', 'POST', '', { type: 'ldap', name: 'x' }),
    404,
    required('authn-ldap'),
  )
  const owner = { kind: 'user', id: 'nobody' }
  assertRefused(
    await v2('admin', 'POST', '', { ...body, owner }),
    404,
    "User 'nobody' not found in account 'acme'",
  )
})

test('nothing that is there is overwritten by a new authenticator', async () => {
  await scene.load('conjur/authn-jwt', '- !variable half/issuer')
  const data = { jwks_uri: 'https://ci.example/keys', issuer: 'mine' }
  assertRefused(
    await v2('admin', 'POST', '', { type: 'jwt', name: 'half', data }),
    409,
    'The authenticator already exists.',
  )
})

test('each type is configured with its own data', async () => {
  const made: readonly (readonly [type: string, name: string, data?: unknown])[] = [
    ['azure', 'one', { provider_uri: 'https://sts.windows.net/tenant' }],
    ['aws', 'one'],
    ['aws', 'two', { regions: ['eu-central-1', 'global'], single_use: 'true' }],
    [
      'k8s',
      'one',
      { 'ca/cert': 'cert', 'ca/key': 'key', 'kubernetes/service_account_token': 'token' },
    ],
    ['oidc', 'one', { provider_uri: 'https://idp.example', id_token_user_property: 'email' }],
    [
      'oidc',
      'two',
      {
        provider_uri: 'https://idp.example',
        client_id: 'id',
        client_secret: 'secret',
        redirect_uri: 'https://here.example',
        claim_mapping: 'email',
        token_ttl: 'PT1H',
      },
    ],
    ['gcp', 'default'],
  ]
  for (const [type, name, data] of made) {
    const body = { type, name, enabled: true, ...(data === undefined ? {} : { data }) }
    const authenticator = type === 'aws' ? 'authn-iam' : `authn-${type}`
    const id = type === 'gcp' ? 'conjur/authn-gcp' : `conjur/${authenticator}/${name}`
    const expected = {
      type,
      branch: `conjur/${authenticator}`,
      name,
      enabled: true,
      owner: { kind: 'policy', id },
      ...(data === undefined ? {} : { data }),
    }
    assert.deepEqual(bodyOf(await v2('admin', 'POST', '', body), 201), expected)
    assert.deepEqual(bodyOf(await v2('admin', 'GET', `/${type}/${name}`), 200), expected)
    const again = await v2('admin', 'POST', '', body)
    assertRefused(again, 409, 'The authenticator already exists.')
    assert.equal((await v2('admin', 'DELETE', `/${type}/${name}`)).status, 204)
    assertRefused(await v2('admin', 'GET', `/${type}/${name}`), 404, absent(name))
  }
  const gcp = await scene.get('admin', '/resources/acme/policy/conjur%2Fauthn-gcp')
  assert.ok(typeof gcp === 'object' && gcp !== null)
})
