import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { after, before, test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import { startHostile } from './hostile-provider.ts'
import { jsonOf } from './node.ts'
import { codeFor, comeBack, offered, offerOf, services, startOidcScene } from './oidc-scene.ts'
import type { OidcScene } from './oidc-scene.ts'

let it: OidcScene

before(async () => {
  it = await startOidcScene()
})
after(() => it[Symbol.asyncDispose]())

const page =
  (body: unknown, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status).end(JSON.stringify(body))

const CONFIGURATION = '/.well-known/openid-configuration'

/** A configuration that is as it should be, but for some of it. */
function configuration(changes: Readonly<Record<string, string>> = {}): RequestListener {
  const { issuer } = it.hostile
  return page({
    issuer,
    jwks_uri: `${issuer}/keys`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    ...changes,
  })
}

test('`oidc`: a provider that redirects, floods, speaks for another issuer or has no keys is left out, and the others are there', async () => {
  const { hostile } = it
  const big = 'x'.repeat(2 << 20)
  const location = `${hostile.issuer}/elsewhere`
  hostile.pages.set('/elsewhere', configuration())
  for (const answer of [
    ((_, response) => void response.writeHead(302, { location }).end()) satisfies RequestListener,
    ((_, response) => void response.end(big)) satisfies RequestListener,
    configuration({ issuer: 'https://evil.example' }),
    configuration({ jwks_uri: `${hostile.issuer}/missing` }),
    page({}, 500),
    ((call) => void call.socket.destroy()) satisfies RequestListener,
  ]) {
    hostile.pages.set(CONFIGURATION, answer)
    assert.deepEqual(await it.freshly(services), ['idp'])
  }
  assert.ok(!hostile.asked.includes('/elsewhere'))
})

test('a provider that hangs holds up neither the list nor the logins at others', async () => {
  it.hostile.pages.set(CONFIGURATION, () => undefined)
  const offer = await it.freshly(async (at) => {
    const started = performance.now()
    const [first, ...more] = await offered(at)
    assert.ok(performance.now() - started < 4000)
    assert.deepEqual([first?.service_id, more], ['idp', []])
    return first ?? assert.fail('nothing is offered')
  })
  const code = await codeFor(it, 'alice', offer)
  assert.ok(isAccessToken(jsonOf(await comeBack(it.node, offer, code))))
})

test('`ssrf`: what a configuration names is called no more than any other address', async () => {
  const { hostile } = it
  const metadata = 'https://169.254.169.254/latest/meta-data'
  await using inside = await startHostile()
  const loopback = `${inside.issuer}/secret`
  const mapped = 'https://[::ffff:127.0.0.1]/x'
  for (const jwks_uri of [metadata, loopback, mapped, 'file:///etc/passwd']) {
    hostile.pages.set(CONFIGURATION, configuration({ jwks_uri }))
    assert.deepEqual(await it.freshly(services), ['idp'], jwks_uri)
  }
  hostile.pages.set('/keys', page({ keys: [{ kty: 'oct', k: 'AA' }] }))
  for (const token_endpoint of [metadata, loopback]) {
    hostile.pages.set(CONFIGURATION, configuration({ token_endpoint }))
    await it.freshly(async (at) => {
      const offer = await offerOf(at, 'hostile')
      assert.equal((await comeBack(at, offer, 'c', 'hostile')).status, 401)
    })
    const [reason] = await it.reasons(1)
    assert.match(reason ?? '', /^CONJ00133E .* is at an address that this server does not call/)
  }
  assert.deepEqual(inside.asked, [])
})
