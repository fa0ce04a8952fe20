import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import {
  azure,
  CONFIGURATION,
  key,
  machineClaims,
  PROVIDER,
  SUBSCRIPTION,
} from '../authn/azure/tenant.ts'
import { NOW as EARLIER, signed } from '../authn/jwt/issuer.ts'
import type { World } from '../authn/jwt/issuer.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, authorizationOf, mustBe, NOW, openNode } from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

const OTHER = '11111111-2222-4333-8444-555555555555'

const POLICY = `
- !policy
  id: conjur/authn-azure/prod
  body:
    - !webservice
    - !webservice status
    - !variable provider-uri
    - !variable audience
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy { id: conjur/authn-azure/off, body: [!webservice, !variable provider-uri] }
- !policy
  id: shop
  body:
    - !host
      id: cart
      annotations:
        authn-azure/subscription-id: ${SUBSCRIPTION}
        authn-azure/resource-group: Shop-Prod
    - !host
      id: fenced
      restricted_to: [192.0.2.0/24]
      annotations:
        authn-azure/subscription-id: ${SUBSCRIPTION}
        authn-azure/resource-group: Shop-Prod
    - !host
      id: outsider
      annotations:
        authn-azure/subscription-id: ${SUBSCRIPTION}
        authn-azure/resource-group: Shop-Prod
    - !host { id: elsewhere, annotations: { authn-azure/subscription-id: ${OTHER}, authn-azure/resource-group: Shop-Prod } }
    - !host { id: plain }
- !user operator
- !permit { role: !user operator, privileges: [read], resource: !webservice conjur/authn-azure/prod }
- !permit { role: !user operator, privileges: [read], resource: !webservice conjur/authn-azure/prod/status }
- !permit { role: !user operator, privileges: [read], resource: !host shop/cart }
- !grant
  role: !group conjur/authn-azure/prod/apps
  members: [!host shop/cart, !host shop/fenced, !host shop/elsewhere, !host shop/plain]
`

interface Tenant extends TestNode {
  readonly outside: World
}

async function openTenant(options: NodeOptions = {}): Promise<Tenant> {
  const outside = azure()
  const node = await openNode({
    settings: { authenticators: ['authn-azure/prod', 'authn-azure/absent'] },
    authenticatorCalls: outside.outbound,
    ...options,
  })
  await node.load(POLICY)
  await node.set('conjur/authn-azure/prod/provider-uri', PROVIDER)
  await node.set('conjur/authn-azure/prod/audience', 'https://management.azure.com/')
  return Object.assign(node, { outside })
}

const shift = (NOW - EARLIER) / 1000

/** A token of the tenant, made now. */
const token = (changes: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const moved = Object.fromEntries(
    ['iat', 'nbf', 'exp'].map((name) => [name, Number(machineClaims[name]) + shift]),
  )
  return signed({ ...machineClaims, ...moved, ...changes }, key)
}

const pathOf = (host: string, service = 'prod'): string =>
  `/authn-azure/${service}/${ACCOUNT}/host%2Fshop%2F${host}/authenticate`

const present = async (
  node: TestNode,
  changes: Readonly<Record<string, unknown>> = {},
  host = 'cart',
): Promise<Reply> => node.anyone.post(pathOf(host), `jwt=${await token(changes)}`)

const newest = async (node: TestNode): Promise<unknown> =>
  (await node.trail()).findLast(({ kind }) => kind === 'authn')

async function assertRefused(node: TestNode, reply: Reply, code: RegExp): Promise<void> {
  assertSilent(401, reply)
  assert.match(String(at(await newest(node), 'reason')), code)
}

test('a machine of Azure gets a token, and the trail tells what it is', async () => {
  await using node = await openTenant()
  const reply = mustBe(200, await present(node))
  assert.ok(isAccessToken(reply.json))
  const bearer = node.client.caller({ Authorization: authorizationOf(reply.json) })
  assert.match(mustBe(200, await bearer.get('/whoami')).text, /"username":"host\/shop\/cart"/)
  const event = await newest(node)
  assert.equal(at(event, 'user'), 'acme:host:shop/cart')
  assert.deepEqual(at(event, 'attestation'), [
    {
      attribute: 'azure.resource-group',
      outcome: 'passed',
      statedBy: 'authn-azure/resource-group',
      source: 'token',
      values: ['shop-prod'],
    },
    {
      attribute: 'azure.subscription',
      outcome: 'passed',
      statedBy: 'authn-azure/subscription-id',
      source: 'token',
      values: [SUBSCRIPTION],
    },
  ])
})

test('the body is a form whatever its type says, and the answer base64 for whoever asks', async () => {
  await using node = await openTenant()
  for (const type of [
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-8',
    'text/plain',
    'application/json',
    '',
  ]) {
    const headers = { 'x-cybr-telemetry': 'aW49', ...(type === '' ? {} : { 'Content-Type': type }) }
    mustBe(200, await node.anyone.post(pathOf('cart'), `jwt=${await token()}`, headers))
  }
  const encoded = await node.anyone.post(pathOf('cart'), `jwt=${await token()}`, {
    'Accept-Encoding': 'base64',
  })
  assert.equal(mustBe(200, encoded).headers['content-encoding'], 'base64')
  assert.ok(isAccessToken(JSON.parse(Buffer.from(encoded.text, 'base64').toString())))
})

test('every reason to refuse is in the trail, and told to nobody', async () => {
  await using node = await openTenant()
  await assertRefused(node, await present(node, { tid: OTHER }), /^CONJ00015E/)
  await assertRefused(node, await present(node, { aud: 'api://x' }), /^CONJ00015E/)
  await assertRefused(node, await present(node, {}, 'elsewhere'), /^CONJ00049E/)
  await assertRefused(node, await present(node, {}, 'plain'), /^CONJ00057E/)
  await assertRefused(node, await present(node, {}, 'ghost'), /^CONJ00007E/)
  await assertRefused(node, await present(node, {}, 'fenced'), /^IP address rejected/)
  const body = `jwt=${await token()}`
  await assertRefused(node, await node.anyone.post(pathOf('cart', 'off'), body), /^CONJ00004E/)
  await assertRefused(node, await node.anyone.post(pathOf('cart', 'absent'), body), /^CONJ00005E/)
  const outsider = await present(node, {}, 'outsider')
  assertSilent(403, outsider)
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00006E/)
  const expired = mustBe(401, await present(node, { exp: NOW / 1000 }))
  assert.match(expired.text, /CONJ00016E/)
  assertSilent(400, await node.anyone.post(pathOf('cart'), ''))
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00009E/)
})

test('a variable that has no value, or that of no tenant, lets nobody in, and the status says which', async () => {
  await using node = await openTenant()
  const operator = await node.as('operator')
  const path = `/authn-azure/prod/${ACCOUNT}/status`
  assert.deepEqual(mustBe(200, await operator.get(path)).json, { status: 'ok' })
  await node.set('conjur/authn-azure/prod/provider-uri', 'https://sts.windows.net/common/')
  await assertRefused(node, await present(node), /^CONJ00037E/)
  const broken = mustBe(500, await operator.get(path))
  const failed = (reply: Reply): unknown => {
    const checks = at(reply.json, 'checks')
    assert.ok(Array.isArray(checks))
    return checks.find((check) => at(check, 'result') === 'failed')
  }
  assert.deepEqual(failed(broken), {
    name: 'tenant',
    result: 'failed',
    error:
      'CONJ00037E The value of provider-uri is not https://HOST/TENANT/ with the id of one tenant',
    hint: 'set provider-uri to https://sts.windows.net/TENANT/, with the id of the tenant whose identities are to log in',
  })
  const other = `https://sts.windows.net/${OTHER}/`
  await node.set('conjur/authn-azure/prod/provider-uri', other)
  assert.equal(at(failed(mustBe(500, await operator.get(path))), 'name'), 'provider')
  await node.set('conjur/authn-azure/prod/provider-uri', 'tenant')
  assert.equal(at(failed(mustBe(500, await operator.get(path))), 'name'), 'values')
  await node.load('- !delete { record: !variable conjur/authn-azure/prod/provider-uri }', {
    method: 'PATCH',
  })
  await assertRefused(node, await present(node), /^CONJ00036E/)
  assert.match(String(at(failed(mustBe(500, await operator.get(path))), 'error')), /^CONJ00036E/)
})

test('an explanation tells what a host must be, and what it was held against', async () => {
  await using node = await openTenant()
  const operator = await node.as('operator')
  const explain = async (changes: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const body = { role: 'host:shop/cart', proof: `jwt=${await token(changes)}` }
    const path = `/authn-azure/prod/${ACCOUNT}/explain`
    const headers = { 'Content-Type': 'application/json' }
    return mustBe(200, await operator.post(path, JSON.stringify(body), headers)).json
  }
  assert.equal(at(await explain({}), 'outcome'), 'recognised')
  const mirid = String(machineClaims['xms_mirid']).replace('Shop-Prod', 'Shop-Test')
  const refused = await explain({ xms_mirid: mirid })
  assert.equal(at(refused, 'outcome'), 'refused')
  assert.deepEqual(at(refused, 'conditions', '0'), {
    attribute: 'azure.resource-group',
    outcome: 'failed',
    expected: ['shop-prod'],
    stated_by: 'authn-azure/resource-group',
    source: 'token',
    values: ['shop-test'],
  })
})

test('an instance that the v2 API makes recognises machines', async () => {
  const outside = azure()
  await using node = await openNode({ authenticatorCalls: outside.outbound })
  await node.load('- !policy conjur/authn-azure')
  const accept = 'application/x.secretsmgr.v2beta+json'
  const made = await node.admin.post(
    `/authenticators/${ACCOUNT}`,
    JSON.stringify({
      type: 'azure',
      name: 'prod',
      data: { provider_uri: PROVIDER, audience: 'https://management.azure.com/' },
    }),
    { Accept: accept, 'Content-Type': 'application/json' },
  )
  mustBe(201, made)
  await node.load(`
- !host
  id: shop/cart
  annotations:
    authn-azure/prod/subscription-id: ${SUBSCRIPTION}
    authn-azure/prod/resource-group: shop-prod
- !grant { role: !group conjur/authn-azure/prod/apps, member: !host shop/cart }
`)
  mustBe(200, await present(node))
  assert.equal(outside.asked[0], CONFIGURATION)
})
