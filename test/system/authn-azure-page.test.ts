import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { authenticatorType } from '#app/authenticator-table.ts'
import { azure, key } from '../authn/azure/tenant.ts'
import { signed } from '../authn/jwt/issuer.ts'
import type { Reply } from '../http/client.ts'
import { ACCOUNT, assertSilent, at, mustBe, openNode } from '../http/harness.ts'
import type { TestNode } from '../http/harness.ts'
import { altered, presetOn } from './preset-page.ts'
import type { Claims } from './preset-page.ts'

const preset = presetOn('authn-azure')

async function openPage(): Promise<TestNode> {
  const node = await openNode({ authenticatorCalls: azure().outbound })
  await node.load('- !policy conjur/authn-azure')
  await node.load(preset.policy)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  mustBe(204, await node.admin.patch(`/authn-azure/prod/${ACCOUNT}`, 'enabled=true', form))
  for (const [name, value] of preset.variables) {
    await node.set(`conjur/authn-azure/prod/${name}`, value)
  }
  return node
}

const present = async (node: TestNode, claims: Claims): Promise<Reply> =>
  node.anyone.post(
    `/authn-azure/prod/${ACCOUNT}/host%2Fshop%2Fcart/authenticate`,
    `jwt=${await signed(claims, key)}`,
  )

test('the policy of the page lets in the identity whose token it shows', async () => {
  await using node = await openPage()
  const status = await node.admin.get(`/authn-azure/prod/${ACCOUNT}/status`)
  assert.deepEqual(mustBe(200, status).json, { status: 'ok' })
  mustBe(200, await present(node, preset.claims))
  const login = (await node.trail()).findLast(({ operation }) => operation === 'authenticate')
  assert.equal(login?.user, 'acme:host:shop/cart')
})

test('`jwt`: a token that differs from that of the page in one thing alone is refused', async () => {
  await using node = await openPage()
  mustBe(200, await present(node, preset.claims))
  const path = (part: string, other: string): string =>
    String(preset.claims['xms_mirid']).replace(part, other)
  for (const [claim, values] of Object.entries({
    aud: ['api://other', undefined, [], {}, 0],
    iss: ['https://sts.windows.net/', undefined, [], {}],
    tid: ['11111111-2222-4333-8444-555555555555', undefined, [], {}],
    oid: ['evil', undefined, [], {}],
    xms_mirid: [
      path('0d3f9a52', '11111111'),
      path('Shop-Prod', 'shop-test'),
      path('/cart', '/cart2'),
      path('Microsoft.ManagedIdentity/userAssignedIdentities', 'Microsoft.Compute/virtualMachines'),
      undefined,
      [],
      {},
    ],
  })) {
    for (const value of values) {
      const reply = await present(node, altered(preset.claims, [claim], value))
      assertSilent(401, reply)
    }
  }
  const expired = await present(node, { ...preset.claims, exp: 1_749_999_999 })
  assert.match(mustBe(401, expired).text, /CONJ00016E/)
})

test('the page tells of every variable, and of every attribute that a token can have', async () => {
  const page = readFileSync('docs/authenticators/authn-azure.md', 'utf8')
  for (const { variable } of authenticatorType('azure')?.fields ?? []) {
    assert.ok(page.includes(`\n| \`${variable}\` `), variable)
  }
  await using node = await openPage()
  const body = { role: 'host:shop/cart', proof: `jwt=${await signed(preset.claims, key)}` }
  const path = `/authn-azure/prod/${ACCOUNT}/explain`
  const headers = { 'Content-Type': 'application/json' }
  const reply = mustBe(200, await node.admin.post(path, JSON.stringify(body), headers))
  const attributes = at(reply.json, 'attributes')
  assert.ok(Array.isArray(attributes) && attributes.length === 7)
  for (const attribute of attributes) {
    assert.ok(page.includes(`\n| \`${String(at(attribute, 'name'))}\` `))
  }
})
