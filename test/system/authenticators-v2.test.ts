import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer, Call } from '#client/transport.ts'
import {
  assertRecognised,
  ISSUER,
  publicKeys,
  startAuthenticatorScene,
} from './authenticator-scene.ts'
import type { AuthenticatorScene } from './authenticator-scene.ts'
import { assertSilent } from './scene.ts'
import { ask, assertRefused, bodyOf, deedsOf } from './v2.ts'

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

const CI_DATA = { public_keys: publicKeys, issuer: ISSUER, identity: { token_app_property: 'job' } }

test('who may execute the variables sees their values; to a mere viewer there are none', async () => {
  for (const type of ['jwt', 'authn-jwt']) {
    assert.deepEqual(bodyOf(await v2('admin', 'GET', `/${type}/ci`), 200), { ...CI, data: CI_DATA })
  }
  const seen = await v2('viewer', 'GET', '/jwt/ci')
  assert.deepEqual(bodyOf(seen, 200), CI)
  assert.equal(seen.headers['cache-control'], 'no-store')
})

test('`error-canary`: of several variables only those are shown that the caller may execute, and the trail says which', async () => {
  const execute = (id: string): string =>
    `- !permit { role: !user executor, privileges: [read, execute], resource: !variable ${id} }\n`
  await scene.load(
    'root',
    `- !permit { role: !user executor, privileges: [read], resource: !webservice conjur/authn-jwt/ci }\n${execute('conjur/authn-jwt/ci/issuer')}`,
  )
  for (const path of ['/jwt/ci', '']) {
    const answer = await v2('executor', 'GET', path)
    assert.equal(answer.status, 200)
    assert.ok(!answer.body.includes('keys'), answer.body.toString())
    assert.ok(answer.body.includes(ISSUER))
    const fetched = (await scene.trail(2)).find(({ kind }) => kind === 'fetch')
    assert.deepEqual(fetched?.['subject'], {
      resource: 'acme:variable:conjur/authn-jwt/ci/issuer',
    })
  }
  const update = { enabled: false }
  assertSilent(403, await v2('executor', 'PATCH', '/jwt/ci', update))
})

test('an authenticator is created whole, works at once on every server, and is deleted whole', async () => {
  const created = await v2('admin', 'POST', '', {
    type: 'jwt',
    name: 'made',
    owner: { kind: 'group', id: 'ops' },
    data: {
      public_keys: publicKeys,
      issuer: ISSUER,
      identity: {
        token_app_property: 'job',
        enforced_claims: ['ref', 'a/b'],
        claim_aliases: { myclaim: 'myvalue', second: 'two/three' },
      },
    },
    annotations: { description: 'made by hand' },
  })
  const expected = {
    ...CI,
    name: 'made',
    enabled: true,
    owner: { id: 'conjur/authn-jwt/made', kind: 'policy' },
    data: {
      public_keys: publicKeys,
      issuer: ISSUER,
      identity: {
        token_app_property: 'job',
        enforced_claims: ['ref', 'a/b'],
        claim_aliases: { myclaim: 'myvalue', second: 'two/three' },
      },
    },
    annotations: { description: 'made by hand' },
  }
  assert.deepEqual(bodyOf(created, 201), expected)
  assert.deepEqual(bodyOf(await v2('admin', 'GET', '/jwt/made'), 200), expected)

  const resources = await scene.get('admin', '/resources/acme?search=made&limit=50')
  assert.ok(Array.isArray(resources))
  assert.deepEqual(
    resources.map(({ id, owner }: { id: string; owner: string }) => [id, owner]),
    [
      ['acme:group:conjur/authn-jwt/made/apps', 'acme:policy:conjur/authn-jwt/made'],
      ['acme:group:conjur/authn-jwt/made/operators', 'acme:policy:conjur/authn-jwt/made'],
      ['acme:policy:conjur/authn-jwt/made', 'acme:group:ops'],
      ['acme:variable:conjur/authn-jwt/made/claim-aliases', 'acme:policy:conjur/authn-jwt/made'],
      ['acme:variable:conjur/authn-jwt/made/enforced-claims', 'acme:policy:conjur/authn-jwt/made'],
      ['acme:variable:conjur/authn-jwt/made/issuer', 'acme:policy:conjur/authn-jwt/made'],
      ['acme:variable:conjur/authn-jwt/made/public-keys', 'acme:policy:conjur/authn-jwt/made'],
      [
        'acme:variable:conjur/authn-jwt/made/token-app-property',
        'acme:policy:conjur/authn-jwt/made',
      ],
      ['acme:webservice:conjur/authn-jwt/made', 'acme:policy:conjur/authn-jwt/made'],
      ['acme:webservice:conjur/authn-jwt/made/status', 'acme:policy:conjur/authn-jwt/made'],
    ],
  )

  const unaliased = '/secrets/acme/variable/conjur%2Fauthn-jwt%2Fmade%2Fenforced-claims'
  assert.equal((await scene.as('admin', 'POST', unaliased, { body: 'ref' })).status, 201)
  assertSilent(403, await scene.present(scene.other, 'made'))
  await scene.load(
    'root',
    '- !grant { role: !group conjur/authn-jwt/made/apps, member: !host job }',
  )
  assertRecognised(await scene.present(scene.other, 'made'))

  assert.equal((await v2('admin', 'DELETE', '/jwt/made')).status, 204)
  assertSilent(401, await scene.present(scene.other, 'made'))
  assertRefused(await v2('admin', 'GET', '/jwt/made'), 404, absent('made'))
  assert.deepEqual(await scene.get('admin', '/resources/acme?search=made'), [])
  assert.deepEqual(await deedsOf(scene, 'authenticator', 3), [
    ['get', 'failure', 'acme:user:admin'],
    ['delete', 'success', 'acme:user:admin'],
    ['get', 'success', 'acme:user:admin'],
  ])
})

test('a list has what the caller sees, of one type or of all, in pages', async () => {
  const listed = async (login: string, query: string): Promise<unknown> => {
    const body = bodyOf(await v2(login, 'GET', query), 200)
    assert.ok(typeof body === 'object' && body !== null)
    const { authenticators, count } = body as {
      authenticators: readonly { type: string; name: string }[]
      count: number
    }
    return [authenticators.map(({ type, name }) => `${type}/${name}`), count]
  }
  await scene.load(
    'conjur/authn-oidc',
    '- !policy { id: idp, body: [ !webservice , !webservice status ] }',
  )
  await scene.load('conjur/authn-jwt', '- !policy { id: theirs, body: [ !webservice ] }')
  assert.deepEqual(await listed('admin', ''), [['jwt/ci', 'jwt/theirs', 'oidc/idp'], 3])
  assert.deepEqual(await listed('admin', '?limit=1&offset=1'), [['jwt/theirs'], 3])
  assert.deepEqual(await listed('admin', '?type=oidc'), [['oidc/idp'], 1])
  assert.deepEqual(await listed('admin', '?type=authn-oidc'), [['oidc/idp'], 1])
  assert.deepEqual(await listed('admin', '?offset=9'), [[], 3])
  assert.deepEqual(await listed('viewer', ''), [['jwt/ci'], 1])
  assert.deepEqual(await listed('stranger', ''), [[], 0])
  assertRefused(
    await v2('admin', 'GET', '?type=foo'),
    422,
    "'foo' authenticators are not supported.",
  )
  assertRefused(
    await v2('admin', 'GET', '?limit=-1'),
    422,
    'Limit must be greater than or equal to 0',
  )
})

test('enabling needs `update`, and answers with how it is then', async () => {
  assert.deepEqual(bodyOf(await v2('alice', 'PATCH', '/jwt/ci', { enabled: true }), 200), {
    ...CI,
    enabled: true,
  })
  assertRecognised(await scene.present(scene.other))
  assert.deepEqual(bodyOf(await v2('alice', 'PATCH', '/jwt/ci', { enabled: false }), 200), CI)
  assertSilent(401, await scene.present(scene.other))
  assertSilent(403, await v2('viewer', 'PATCH', '/jwt/ci', { enabled: true }))
  for (const path of ['/jwt/ci', '/jwt/nothing']) {
    const name = path.slice('/jwt/'.length)
    assertRefused(await v2('stranger', 'PATCH', path, { enabled: true }), 404, absent(name))
    assertRefused(await v2('stranger', 'GET', path), 404, absent(name))
    assertRefused(await v2('stranger', 'DELETE', path), 404, absent(name))
  }
  const cases: readonly (readonly [body: unknown, status: number, message: string])[] = [
    ['', 400, 'Request body is empty'],
    [{}, 400, 'Request body is empty'],
    ['{"enabled"', 400, 'Request JSON is malformed'],
    [{ enabled: true, x: 1 }, 422, "The following parameters were not expected: 'x'"],
    [{ enabled: null }, 422, 'Missing required parameter: enabled'],
    [{ enabled: 'true' }, 422, 'The enabled parameter must be of type=boolean'],
  ]
  for (const [body, status, message] of cases) {
    assertRefused(await v2('alice', 'PATCH', '/jwt/ci', body), status, message)
  }
})

test('deletion needs `delete` on the policy, and does not reach beyond it without `update`', async () => {
  await scene.load(
    'conjur/authn-jwt',
    '- !policy { id: gone, body: [ !webservice , !group owners ] }',
  )
  await scene.load(
    'root',
    `
- !permit { role: !user deleter, privileges: [read], resource: !webservice conjur/authn-jwt/gone }
- !variable { id: elsewhere, owner: !group conjur/authn-jwt/gone/owners }
`,
  )
  assertSilent(403, await v2('deleter', 'DELETE', '/jwt/gone'))
  await scene.load(
    'root',
    '- !permit { role: !user deleter, privileges: [delete], resource: !policy conjur/authn-jwt/gone }',
  )
  assertSilent(403, await v2('deleter', 'DELETE', '/jwt/gone'))
  await scene.load('root', '- !delete { record: !variable elsewhere }', 'PATCH')
  assert.equal((await v2('deleter', 'DELETE', '/jwt/gone')).status, 204)
  assertRefused(await v2('admin', 'GET', '/jwt/gone'), 404, absent('gone'))
})

test('`template-metachar`: a name is that name, and no pattern', async () => {
  for (const name of ['c_', 'c%25', '%25', '_i', 'c.', '*']) {
    assertRefused(await v2('admin', 'GET', `/jwt/${name}`), 404, absent(decodeURIComponent(name)))
  }
})

test('`kind-confusion`: no part of a path is taken for another', async () => {
  assert.equal((await v2('admin', 'GET', '/jwt/ci%2Fstatus')).status, 404)
  assert.equal((await v2('admin', 'PATCH', '/jwt/ci%2Fstatus', { enabled: true })).status, 404)
  assertRefused(
    await v2('admin', 'GET', '/policy/ci'),
    422,
    "'policy' authenticators are not supported.",
  )
  assertRefused(
    await ask(scene, 'admin', ['GET', '/authenticators/other/jwt/ci']),
    404,
    "Authenticator: ci not found in account 'other'",
  )
})
