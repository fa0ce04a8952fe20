import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { CONFIGURATION, instanceClaims, key, KEYS, PROVIDER } from '../authn/gcp/google.ts'
import { issuerKey, signed } from '../authn/jwt/issuer.ts'
import type { IssuerKey } from '../authn/jwt/issuer.ts'
import { startCloudProviders } from './cloud-providers.ts'
import type { CloudProviders } from './cloud-providers.ts'
import { jsonOf } from './node.ts'
import type { TestNode } from './node.ts'
import { runProgram } from './program.ts'
import { assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'

const POLICY = `
- !policy
  id: conjur/authn-gcp
  body:
    - !webservice
    - !webservice status
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy
  id: shop
  body:
    - !host { id: cart, annotations: { authn-gcp/project-id: shop-prod } }
    - !host { id: function, annotations: { authn-gcp/service-account-email: cart@shop-prod.iam.gserviceaccount.com } }
- !grant { role: !group conjur/authn-gcp/apps, members: [!host shop/cart, !host shop/function] }
`

const stack = new AsyncDisposableStack()
let clouds: CloudProviders
let scene: Scene

before(async () => {
  clouds = stack.use(await startCloudProviders())
  clouds.publish(PROVIDER, KEYS, key)
  scene = stack.use(await startScene([['root', POLICY]]))
  const enable = {
    body: 'enabled=true',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  }
  assertSilent(204, await scene.as('admin', 'PATCH', '/authn-gcp/acme', enable))
})

after(() => stack.disposeAsync())

/** A server that knows no keys yet. */
const start = (more: Readonly<Record<string, string>> = {}): Promise<TestNode> =>
  scene.installation.start({ ...clouds.environment, ...more })

const token = (
  changes: Readonly<Record<string, unknown>> = {},
  by: IssuerKey = key,
): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  return signed({ ...instanceClaims, iat: now, exp: now + 3600, ...changes }, by)
}

const present = async (node: TestNode, jwt: string): Promise<Answer> =>
  node.send({
    method: 'POST',
    path: '/authn-gcp/acme/authenticate',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `jwt=${jwt}`,
  })

const assertAdmitted = (answer: Answer): void => assert.ok(isAccessToken(jsonOf(answer)))

async function assertRefused(answer: Answer, reason: RegExp): Promise<void> {
  assertSilent(401, answer)
  const [record] = await scene.trail(1)
  assert.match(String(record?.['reason']), reason)
}

test('an instance and a function log in by the keys that Google publishes, over TLS and at its own names', async () => {
  const node = await start()
  clouds.asked.length = 0
  assertAdmitted(await present(node, await token()))
  assertAdmitted(
    await present(node, await token({ aud: 'conjur/acme/host/shop/function', google: undefined })),
  )
  assert.deepEqual(clouds.asked, [CONFIGURATION, KEYS])
  const records = await scene.trail(2)
  assert.deepEqual(
    records.map((record) => record['user']),
    ['acme:host:shop/function', 'acme:host:shop/cart'],
  )
  const authorization = await node.tokenFor('admin', scene.node.adminKey)
  const status = await node.as(authorization, { method: 'GET', path: '/authn-gcp/acme/status' })
  assert.deepEqual(jsonOf(status), { status: 'ok' })
  await node.stop()
})

test('a token of another project, of another account, or that nobody at Google signed, is refused', async () => {
  const node = await start()
  const google = { compute_engine: { project_id: 'mallory', instance_name: 'cart-1' } }
  await assertRefused(await present(node, await token({ google })), /^CONJ00049E/)
  const beta = await token({ aud: 'conjur/beta/host/shop/cart' })
  await assertRefused(await present(node, beta), /^CONJ00070E/)
  const stranger = await issuerKey('RS256', 'google-1')
  await assertRefused(await present(node, await token({}, stranger)), /^CONJ00015E .*no key/)
  await node.stop()
})

test('`jwt`: keys that are replaced count from the first token that they sign', async () => {
  const node = await start()
  assertAdmitted(await present(node, await token()))
  const next = await issuerKey('RS256', 'google-2')
  clouds.publish(PROVIDER, KEYS, next)
  try {
    assertAdmitted(await present(node, await token({}, next)))
    await assertRefused(await present(node, await token()), /^CONJ00015E .*no key/)
  } finally {
    clouds.publish(PROVIDER, KEYS, key)
    await node.stop()
  }
})

test('while Google hangs, logins by it fail and everything else goes on', async () => {
  clouds.pages.set(CONFIGURATION, () => undefined)
  const node = await start()
  try {
    const started = performance.now()
    const late = Promise.all([token(), token()].map(async (jwt) => present(node, await jwt)))
    for (let times = 0; times < 5; times += 1) {
      assert.ok(await node.tokenFor('admin', scene.node.adminKey))
    }
    assert.ok(performance.now() - started < 4000)
    for (const answer of await late) assertSilent(401, answer)
    const [record] = await scene.trail(1)
    assert.match(String(record?.['reason']), /^CONJ00010E/)
  } finally {
    clouds.publish(PROVIDER, KEYS, key)
    await node.stop()
  }
})

test('where only some hosts may be called, the status says which to list', async () => {
  const node = await start({ STRONGROOM_OUTBOUND_ONLY: 'accounts.google.com' })
  const authorization = await node.tokenFor('admin', scene.node.adminKey)
  const status = await node.as(authorization, { method: 'GET', path: '/authn-gcp/acme/status' })
  assert.equal(status.status, 500)
  assert.match(status.body.toString(), /CONJ00012E .*`www\.googleapis\.com` is not among the hosts/)
  assert.match(status.body.toString(), /lists both in outbound-only/)
  await node.stop()
})

test('the command line tells the status, and explains a login', async () => {
  const node = await start()
  const { folder } = scene.installation
  const file = join(folder, 'token.jwt')
  await writeFile(file, await token())
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    CONJUR_APPLIANCE_URL: node.url,
    CONJUR_ACCOUNT: 'acme',
    CONJUR_AUTHN_LOGIN: 'admin',
    CONJUR_AUTHN_API_KEY: scene.node.adminKey,
  }
  const status = await runProgram('cli', ['authenticator', 'status', '-i', 'authn-gcp'], {
    environment,
  })
  assert.deepEqual([status.exitCode, status.stderr], [0, ''])
  const explain = ['authn', 'explain', '--service', 'authn-gcp', '--token-file', file, 'shop/cart']
  const { exitCode, stdout, stderr } = await runProgram('cli', explain, { environment })
  assert.equal(exitCode, 0, stderr)
  const lines = stdout.split('\n')
  assert.equal(lines[0], 'shop/cart is recognised by authn-gcp.')
  assert.ok(
    lines.includes(
      '  passed   gcp.project must be shop-prod, says authn-gcp/project-id; the token says shop-prod',
    ),
    stdout,
  )
  await node.stop()
})
