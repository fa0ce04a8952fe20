import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AUTHENTICATORS } from '#authn/table.ts'
import type { Answer, Call } from '#client/transport.ts'
import { assertRecognised, createBeta, startAuthenticatorScene } from './authenticator-scene.ts'
import type { AuthenticatorScene } from './authenticator-scene.ts'
import { jsonOf } from './node.ts'
import { assertSilent } from './scene.ts'

let scene: AuthenticatorScene

before(async () => {
  scene = await startAuthenticatorScene()
})
after(() => scene[Symbol.asyncDispose]())

const PATH = '/authn-jwt/ci/acme'

const enable = (
  login: string,
  body: string,
  path = PATH,
  type = 'application/x-www-form-urlencoded',
): Promise<Answer> => scene.as(login, 'PATCH', path, { body, headers: { 'Content-Type': type } })

const set = async (enabled: boolean): Promise<void> =>
  assertSilent(204, await enable('alice', `enabled=${enabled}`))

test('an authenticator that is enabled in its account recognises workloads at once on every server, until it is disabled', async () => {
  assertSilent(401, await scene.present(scene.other))
  await set(true)
  assertRecognised(await scene.present(scene.other))
  await set(false)
  assertSilent(401, await scene.present(scene.other))
  assertSilent(401, await scene.present(scene.node))
})

test('`cache-tenancy`: what is enabled in one account is not enabled in another', async () => {
  const beta = await createBeta(scene)
  await set(true)
  assertRecognised(await scene.present(scene.node))
  assertSilent(401, await scene.present(scene.node, 'ci', 'beta'))
  const call = { method: 'PATCH', path: '/authn-jwt/ci/beta', body: 'enabled=true' } as const
  assertSilent(204, await scene.node.as(beta, call))
  await set(false)
  assertRecognised(await scene.present(scene.other, 'ci', 'beta'))
  assertSilent(401, await scene.present(scene.other))
  // The administrator of one account has no say in another.
  assertSilent(401, await scene.node.as(beta, { ...call, path: PATH }))
})

test('what is enabled stays enabled for servers that start later', async () => {
  await set(true)
  const later = await scene.installation.start()
  assertRecognised(await scene.present(later))
})

test('what the settings of a server enable stays enabled there', async () => {
  const settled = await scene.installation.start({
    STRONGROOM_AUTHENTICATORS: 'authn,authn-jwt/ci',
  })
  await set(false)
  assertRecognised(await scene.present(settled))
  assertSilent(401, await scene.present(scene.node))
})

test('JSON and any spelling of true enable; every other value disables', async () => {
  const isOn = async (): Promise<boolean> => (await scene.present(scene.node)).status === 200
  for (const [body, type, on] of [
    ['{"enabled":true}', 'application/json', true],
    ['{"enabled":false}', 'application/json', false],
    ['{"enabled":" TRUE "}', 'application/json', true],
    ['enabled=yes', 'application/x-www-form-urlencoded', false],
    ['enabled=True', 'application/x-www-form-urlencoded', true],
    ['enabled=1', '', false],
    ['enabled=true', 'text/plain; charset=utf-8', true],
  ] as const) {
    assertSilent(204, await enable('alice', body, PATH, type))
    assert.equal(await isOn(), on, body)
  }
})

test('a client may write type and name as one segment', async () => {
  await set(false)
  assertSilent(204, await enable('alice', 'enabled=true', '/authn-jwt%2Fci/acme'))
  assertRecognised(await scene.present(scene.node))
  assertSilent(401, await enable('alice', 'enabled=true', '/authn-jwt%2Fci%2Fstatus/acme'))
})

test('a request that says nothing of it changes nothing', async () => {
  await set(true)
  for (const [body, type, status] of [
    ['', 'application/x-www-form-urlencoded', 422],
    ['enabled=false', 'application/octet-stream', 422],
    ['{', 'application/json', 400],
  ] as const) {
    assert.equal((await enable('alice', body, PATH, type)).status, status)
  }
  assertRecognised(await scene.present(scene.node))
})

test('without `update` it is forbidden; what is missing or invisible is unauthorized, alike', async () => {
  assertSilent(403, await enable('viewer', 'enabled=true'))
  assertSilent(401, await enable('stranger', 'enabled=true'))
  for (const path of [
    '/authn-jwt/nothing/acme',
    '/authn-jwt/ci/nobody',
    '/authn-jwt/ci%2Fstatus/acme',
    '/authn-nonsense/ci/acme',
    '/authn-gcp/acme',
    '/authn/acme',
  ]) {
    assertSilent(401, await enable('admin', 'enabled=true', path))
  }
  const plain = await scene.node.send({ method: 'PATCH', path: PATH, body: 'enabled=true' })
  assert.equal(plain.status, 401)
})

test('paths that only look like those of authenticators are no routes', async () => {
  const calls: readonly (readonly [Call['method'], string])[] = [
    ['PATCH', '/nothing/acme'],
    ['PATCH', '/nothing/ci/acme'],
    ['GET', '/nothing/acme/status'],
    ['GET', '/nothing/ci/acme/status'],
    ['GET', '/xauthn-jwt/ci/acme/status'],
  ]
  for (const [method, path] of calls) {
    const answer = await scene.as('admin', method, path)
    const error = { code: 'not_found', message: 'there is no such route' }
    assert.deepEqual(jsonOf(answer, 404), { error }, path)
    assert.equal((await scene.node.send({ method, path })).status, 401)
  }
})

test('the trail says who enabled what, and who was not allowed to', async () => {
  await set(true)
  await enable('viewer', 'enabled=false')
  const events = await scene.trail(20)
  const told = events
    .filter(({ operation }) => operation === 'update-authenticator-configuration')
    .slice(0, 2)
    .map(({ kind, result, user, subject }) => ({ kind, result, user, subject }))
  const service = 'acme:webservice:conjur/authn-jwt/ci'
  const subject = { authenticator: 'authn-jwt', service }
  assert.deepEqual(told, [
    {
      kind: 'authn',
      result: 'failure',
      user: 'acme:user:viewer',
      subject: { ...subject, enabled: false },
    },
    {
      kind: 'authn',
      result: 'success',
      user: 'acme:user:alice',
      subject: { ...subject, enabled: true },
    },
  ])
})

test('everybody may ask which authenticators there are', async () => {
  const ask = async (): Promise<unknown> =>
    jsonOf(await scene.other.send({ method: 'GET', path: '/authenticators' }))
  await set(true)
  const lists = { installed: ['authn', ...AUTHENTICATORS], configured: ['authn', 'authn-jwt/ci'] }
  assert.deepEqual(await ask(), { ...lists, enabled: ['authn', 'authn-jwt/ci'] })
  await scene.load('root', '- !policy { id: conjur/authn-oidc/idp, body: [ !webservice ] }')
  await scene.load(
    'root',
    '- !policy { id: conjur/authn-gcp, body: [ !webservice , !webservice status ] }',
  )
  assertSilent(204, await enable('admin', 'enabled=true', '/authn-oidc/idp/acme'))
  assertSilent(204, await enable('admin', 'enabled=true', '/authn-gcp/acme'))
  assert.deepEqual(await ask(), {
    ...lists,
    configured: ['authn', 'authn-gcp', 'authn-jwt/ci', 'authn-oidc/idp'],
    enabled: ['authn', 'authn-gcp', 'authn-jwt/ci', 'authn-oidc/idp'],
  })
  await scene.load('root', '- !delete { record: !policy conjur/authn-oidc/idp }', 'PATCH')
  await scene.load('root', '- !delete { record: !policy conjur/authn-gcp }', 'PATCH')
})

test('a webservice that is made anew is not enabled because its namesake was', async () => {
  const text = '- !policy { id: conjur/authn-jwt/brief, body: [ !webservice ] }'
  const lists = async (): Promise<string> =>
    (await scene.node.send({ method: 'GET', path: '/authenticators' })).body.toString()
  await scene.load('root', text)
  assertSilent(204, await enable('admin', 'enabled=true', '/authn-jwt/brief/acme'))
  assert.match(await lists(), /"enabled":\[.*"authn-jwt\/brief"/)
  await scene.load('root', '- !delete { record: !policy conjur/authn-jwt/brief }', 'PATCH')
  await scene.load('root', text)
  assert.match(await lists(), /"configured":\[.*"authn-jwt\/brief".*\],"enabled"/)
  assert.doesNotMatch(await lists(), /"enabled":\[.*"authn-jwt\/brief"/)
})
