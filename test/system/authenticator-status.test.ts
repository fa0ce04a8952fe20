import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer } from '#client/transport.ts'
import { startAuthenticatorScene } from './authenticator-scene.ts'
import type { AuthenticatorScene } from './authenticator-scene.ts'
import { jsonOf } from './node.ts'
import type { Scene } from './scene.ts'

let scene: AuthenticatorScene

before(async () => {
  scene = await startAuthenticatorScene()
  const enabled = { body: 'enabled=true' }
  assert.equal((await scene.as('admin', 'PATCH', '/authn-jwt/ci/acme', enabled)).status, 204)
})
after(() => scene[Symbol.asyncDispose]())

const status = (login: string, path = '/authn-jwt/ci/acme'): Promise<Answer> =>
  scene.as(login, 'GET', `${path}/status`)

interface Check {
  readonly name: string
  readonly result: string
  readonly error?: string
  readonly hint?: string
}

const isReport = (
  value: unknown,
): value is { readonly status: string; readonly error: string; readonly checks: Check[] } =>
  typeof value === 'object' && value !== null && 'error' in value && 'checks' in value

/** The check that failed, which must be what the whole report says. */
function failureIn(answer: Answer, code: number): Check {
  const report = jsonOf(answer, code)
  assert.ok(isReport(report))
  assert.equal(report.status, 'error')
  const failed = report.checks.filter(({ result }) => result === 'failed')
  assert.deepEqual(
    failed.map(({ error }) => error),
    [report.error],
  )
  return failed[0] ?? assert.fail('nothing failed')
}

/** Fails as the administrator reads it. */
const failure = async (code: number, path?: string): Promise<Check> =>
  failureIn(await status('admin', path), code)

const set = (scenery: Scene, name: string, value: string): Promise<void> =>
  scenery.set(`conjur/authn-jwt/ci/${name}`, value)

test('an authenticator that works is ok, for those who may read its status', async () => {
  for (const login of ['admin', 'viewer']) {
    assert.deepEqual(jsonOf(await status(login)), { status: 'ok' })
  }
})

test('who may not read the status is forbidden to, whether there is such an authenticator or not', async () => {
  for (const path of ['/authn-jwt/ci/acme', '/authn-jwt/nothing/acme']) {
    const { name, error = '' } = failureIn(await status('stranger', path), 403)
    assert.equal(name, 'access')
    assert.match(error, /^CONJ00006E 'acme:user:stranger' does not have 'read' privilege on /)
  }
  const refused = await scene.node.send({ method: 'GET', path: '/authn-jwt/ci/acme/status' })
  assert.equal(refused.status, 401)
})

test('what is not there is not found, and what cannot be checked is not implemented', async () => {
  const missing = await failure(404, '/authn-jwt/nothing/acme')
  assert.equal(missing.name, 'webservice')
  assert.equal(missing.error, "CONJ00005E Webservice 'authn-jwt/nothing' not found")
  const unknown = await failure(404, '/authn-nonsense/ci/acme')
  assert.equal(unknown.name, 'type')
  assert.equal(unknown.error, "CONJ00001E Authenticator type 'authn-nonsense' is not supported")
  const keys = await failure(501, '/authn/acme')
  assert.equal(keys.name, 'status')
  assert.match(keys.error ?? '', /^CONJ00056E /)
})

test('each mistake is named, with what to do about it', async () => {
  const mistakes: readonly (readonly [name: string, value: string, check: string, code: string])[] =
    [
      ['token-app-property', '/not/a/claim', 'identity', 'CONJ00117E'],
      ['public-keys', '{"type":"jwks","value":{"keys":[]}}', 'signing keys', 'CONJ00088E'],
      ['public-keys', 'no JSON', 'signing keys', 'CONJ00120E'],
    ]
  for (const [name, value, check, code] of mistakes) {
    await set(scene, name, value)
    const failed = await failure(500)
    assert.equal(failed.name, check)
    assert.ok(failed.error?.startsWith(code), failed.error)
    assert.ok((failed.hint ?? '') !== '')
    await set(scene, 'token-app-property', 'job')
  }
})

test('a variable that is declared and not set is named, and the checks after it are skipped', async () => {
  await scene.load(
    'root',
    '- !policy { id: conjur/authn-jwt/half, body: [ !webservice , !webservice status, !variable jwks-uri ] }',
  )
  assert.equal((await failure(500, '/authn-jwt/half/acme')).name, 'enabled')
  await scene.as('admin', 'PATCH', '/authn-jwt/half/acme', { body: 'enabled=true' })
  const answer = await status('admin', '/authn-jwt/half/acme')
  const failed = failureIn(answer, 500)
  assert.equal(failed.name, 'values')
  assert.equal(
    failed.error,
    'CONJ00037E Missing value for resource: acme:variable:conjur/authn-jwt/half/jwks-uri',
  )
  const report = jsonOf(answer, 500)
  assert.ok(isReport(report))
  assert.deepEqual(
    report.checks.slice(-6).map(({ result }) => result),
    Array.from({ length: 6 }, () => 'skipped'),
  )
})

test('`ssrf`: the reason why keys cannot be fetched is told to the trail, not to the caller', async () => {
  await scene.load(
    'root',
    '- !policy { id: conjur/authn-jwt/far, body: [ !webservice , !webservice status, !variable jwks-uri ] }',
  )
  await scene.set('conjur/authn-jwt/far/jwks-uri', 'http://127.0.0.1:1/keys')
  await scene.as('admin', 'PATCH', '/authn-jwt/far/acme', { body: 'enabled=true' })
  const { name, error } = await failure(500, '/authn-jwt/far/acme')
  assert.deepEqual([name, error], ['signing keys', 'CONJ00087E The key set cannot be fetched'])
  const [event] = await scene.trail(1)
  assert.equal(event?.['operation'], 'validate-status')
  assert.equal(event?.['result'], 'failure')
  assert.match(String(event?.['reason']), /127\.0\.0\.1|address/)
})

test('`error-canary`: no value of a variable is in a status', async () => {
  await set(scene, 'public-keys', '{"type":"canary-4711"}')
  const answer = await status('viewer')
  assert.equal(answer.status, 500)
  assert.ok(!answer.body.includes('canary-4711'))
})
