import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import { accountClaims, CONFIGURATION, google, instanceClaims, key } from '../authn/gcp/google.ts'
import { NOW as EARLIER, signed } from '../authn/jwt/issuer.ts'
import type { World } from '../authn/jwt/issuer.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, authorizationOf, mustBe, NOW, openNode } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

const POLICY = `
- !policy
  id: conjur/authn-gcp
  body:
    - !webservice
    - !webservice status
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !user { id: alice, annotations: { authn-gcp/project-id: shop-prod } }
- !policy
  id: shop
  body:
    - !host { id: cart, annotations: { authn-gcp/project-id: shop-prod, authn-gcp/instance-name: cart-1 } }
    - !host { id: fenced, restricted_to: [192.0.2.0/24], annotations: { authn-gcp/project-id: shop-prod } }
    - !host { id: outsider, annotations: { authn-gcp/project-id: shop-prod } }
    - !host { id: elsewhere, annotations: { authn-gcp/project-id: other } }
    - !host { id: anybody, annotations: { authn-gcp/instance-name: cart-1 } }
    - !host { id: plain }
- !user operator
- !permit { role: !user operator, privileges: [read], resource: !webservice conjur/authn-gcp }
- !permit { role: !user operator, privileges: [read], resource: !webservice conjur/authn-gcp/status }
- !permit { role: !user operator, privileges: [read], resource: !host shop/cart }
- !grant
  role: !group conjur/authn-gcp/apps
  members:
    - !user alice
    - !host shop/cart
    - !host shop/fenced
    - !host shop/elsewhere
    - !host shop/anybody
    - !host shop/plain
`

interface Cloud extends TestNode {
  readonly outside: World
}

async function openCloud(options: NodeOptions = {}): Promise<Cloud> {
  const outside = google()
  const node = await openNode({
    settings: { authenticators: ['authn-gcp'] },
    authenticatorCalls: outside.outbound,
    ...options,
  })
  await node.load(POLICY)
  return Object.assign(node, { outside })
}

const shift = (NOW - EARLIER) / 1000

/** A token that Google makes now, of an instance unless the claims say otherwise. */
const token = (changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const moved = Object.fromEntries(
    ['iat', 'exp'].map((name) => [name, Number(accountClaims[name]) + shift]),
  )
  return signed({ ...instanceClaims, ...moved, ...changes }, key)
}

const PATH = `/authn-gcp/${ACCOUNT}/authenticate`

const present = async (
  node: TestNode,
  changes: Readonly<Record<string, unknown>> = {},
  path = PATH,
): Promise<Reply> => node.anyone.post(path, `jwt=${await token(changes)}`)

const presentAs = (node: TestNode, host: string): Promise<Reply> =>
  present(node, { aud: `conjur/${ACCOUNT}/host/shop/${host}` })

const newest = async (node: TestNode): Promise<unknown> =>
  (await node.trail()).findLast(({ kind }) => kind === 'authn')

async function assertRefused(node: TestNode, reply: Reply, code: RegExp): Promise<void> {
  assertSilent(401, reply)
  assert.match(String(at(await newest(node), 'reason')), code)
}

test('an instance gets a token for the host that its audience names, and the trail tells what it is', async () => {
  await using node = await openCloud()
  const reply = mustBe(200, await present(node))
  assert.ok(isAccessToken(reply.json))
  const bearer = node.client.caller({ Authorization: authorizationOf(reply.json) })
  assert.match(mustBe(200, await bearer.get('/whoami')).text, /"username":"host\/shop\/cart"/)
  const event = await newest(node)
  assert.deepEqual(
    [at(event, 'user'), at(event, 'subject')],
    [
      'acme:host:shop/cart',
      { authenticator: 'authn-gcp', service: 'acme:webservice:conjur/authn-gcp' },
    ],
  )
  const attestation = at(event, 'attestation')
  assert.ok(Array.isArray(attestation))
  const told = attestation.map((finding) => [at(finding, 'attribute'), at(finding, 'values', '0')])
  assert.deepEqual(Object.fromEntries(told), {
    'gcp.instance.name': 'cart-1',
    'gcp.project': 'shop-prod',
  })
})

test('a user logs in by a service account as well', async () => {
  await using node = await openCloud()
  mustBe(200, await present(node, { aud: `conjur/${ACCOUNT}/alice` }))
  assert.equal(at(await newest(node), 'user'), 'acme:user:alice')
})

test('the body is a form whatever its type says, and the answer base64 for whoever asks', async () => {
  await using node = await openCloud()
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/json', '']) {
    const headers = { 'x-cybr-telemetry': 'aW49', ...(type === '' ? {} : { 'Content-Type': type }) }
    mustBe(200, await node.anyone.post(PATH, `jwt=${await token()}`, headers))
  }
  const headers = { 'Accept-Encoding': 'base64' }
  const encoded = mustBe(200, await node.anyone.post(PATH, `jwt=${await token()}`, headers))
  assert.ok(isAccessToken(JSON.parse(Buffer.from(encoded.text, 'base64').toString())))
})

test('every reason to refuse is in the trail, and told to nobody', async () => {
  await using node = await openCloud()
  await assertRefused(node, await present(node, { aud: 'conjur/beta/host/x' }), /^CONJ00070E/)
  await assertRefused(node, await present(node, { aud: 'https://x' }), /^CONJ00067E/)
  await assertRefused(node, await present(node, { email_verified: false }), /^CONJ00015E/)
  await assertRefused(node, await present(node, { google: undefined }), /^CONJ00068E/)
  await assertRefused(node, await presentAs(node, 'elsewhere'), /^CONJ00049E/)
  await assertRefused(node, await presentAs(node, 'anybody'), /^CONJ00069E/)
  await assertRefused(node, await presentAs(node, 'plain'), /^CONJ00069E/)
  await assertRefused(node, await presentAs(node, 'ghost'), /^CONJ00007E/)
  await assertRefused(node, await presentAs(node, 'fenced'), /^IP address rejected/)
  assertSilent(403, await presentAs(node, 'outsider'))
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00006E/)
  assert.match(mustBe(401, await present(node, { exp: NOW / 1000 })).text, /CONJ00016E/)
  assertSilent(400, await node.anyone.post(PATH, 'jwt='))
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00009E/)
})

test('it must be enabled in the account, and be there', async () => {
  await using node = await openCloud({ settings: {} })
  await assertRefused(node, await present(node), /^CONJ00004E 'authn-gcp'/)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  mustBe(204, await node.admin.patch(`/authn-gcp/${ACCOUNT}`, 'enabled=true', form))
  mustBe(200, await present(node))
  await node.load('- !delete { record: !webservice conjur/authn-gcp }', { method: 'PATCH' })
  await using all = await openNode({
    database: node.database,
    settings: { authenticators: ['authn-gcp'] },
    authenticatorCalls: node.outside.outbound,
  })
  await assertRefused(all, await present(all), /^CONJ00005E/)
})

test('no other path leads to it: it has neither services nor logins', async () => {
  await using node = await openCloud()
  for (const path of [
    `/authn-gcp/prod/${ACCOUNT}/authenticate`,
    `/authn-gcp/${ACCOUNT}/host%2Fshop%2Fcart/authenticate`,
  ]) {
    mustBe(401, await present(node, {}, path))
  }
  assert.deepEqual(node.outside.asked, [])
})

test('the status tells whether Google can be reached, and what to do', async () => {
  await using node = await openCloud()
  const operator = await node.as('operator')
  const path = `/authn-gcp/${ACCOUNT}/status`
  assert.deepEqual(mustBe(200, await operator.get(path)).json, { status: 'ok' })
  const outside = google()
  outside.pages.delete(CONFIGURATION)
  await using other = await openNode({
    database: node.database,
    settings: { authenticators: ['authn-gcp'] },
    authenticatorCalls: outside.outbound,
  })
  const reply = mustBe(500, await (await other.as('operator')).get(path))
  const checks = at(reply.json, 'checks')
  assert.ok(Array.isArray(checks))
  const failed: unknown = checks.find((check) => at(check, 'result') === 'failed')
  assert.match(String(at(failed, 'error')), /^CONJ00011E/)
  assert.match(String(at(failed, 'hint')), /accounts\.google\.com and www\.googleapis\.com/)
})

test('an explanation tells what a host must be, and what it was held against', async () => {
  await using node = await openCloud()
  const operator = await node.as('operator')
  const explain = async (changes: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const body = { role: 'host:shop/cart', proof: `jwt=${await token(changes)}` }
    const headers = { 'Content-Type': 'application/json' }
    const path = `/authn-gcp/${ACCOUNT}/explain`
    return mustBe(200, await operator.post(path, JSON.stringify(body), headers)).json
  }
  assert.equal(at(await explain({}), 'outcome'), 'recognised')
  const refused = await explain({ google: undefined })
  assert.equal(at(refused, 'outcome'), 'refused')
  assert.equal(at(refused, 'conditions', '0', 'outcome'), 'missing')
  const another = await explain({ aud: `conjur/${ACCOUNT}/host/shop/plain` })
  assert.equal(at(another, 'outcome'), 'refused')
})

test('what the v2 API makes recognises instances: there is one, and it is called default', async () => {
  const outside = google()
  await using node = await openNode({ authenticatorCalls: outside.outbound })
  await node.load('- !policy conjur/authn-gcp')
  const headers = {
    Accept: 'application/x.secretsmgr.v2beta+json',
    'Content-Type': 'application/json',
  }
  const create = (name: string): Promise<Reply> =>
    node.admin.post(`/authenticators/${ACCOUNT}`, JSON.stringify({ type: 'gcp', name }), headers)
  mustBe(201, await create('default'))
  assert.notEqual((await create('other')).status, 201)
  await node.load(`
- !host { id: shop/cart, annotations: { authn-gcp/project-id: shop-prod } }
- !grant { role: !group conjur/authn-gcp/apps, member: !host shop/cart }
`)
  mustBe(200, await present(node))
})
