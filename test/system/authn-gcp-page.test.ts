import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { google, key } from '../authn/gcp/google.ts'
import { signed } from '../authn/jwt/issuer.ts'
import type { Reply } from '../http/client.ts'
import { ACCOUNT, assertSilent, at, mustBe, openNode } from '../http/harness.ts'
import type { TestNode } from '../http/harness.ts'
import { altered, presetOn } from './preset-page.ts'
import type { Claims } from './preset-page.ts'

const { policy, claims: shown } = presetOn('authn-gcp')

/** The token of the page, for the account of the tests. */
const claims: Claims = { ...shown, aud: String(shown['aud']).replace('/default/', `/${ACCOUNT}/`) }

async function openPage(): Promise<TestNode> {
  const node = await openNode({ authenticatorCalls: google().outbound })
  await node.load(policy)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  mustBe(204, await node.admin.patch(`/authn-gcp/${ACCOUNT}`, 'enabled=true', form))
  return node
}

const present = async (node: TestNode, by: Claims): Promise<Reply> =>
  node.anyone.post(`/authn-gcp/${ACCOUNT}/authenticate`, `jwt=${await signed(by, key)}`)

test('the policy of the page lets in the instance whose token it shows, and a function', async () => {
  await using node = await openPage()
  const status = await node.admin.get(`/authn-gcp/${ACCOUNT}/status`)
  assert.deepEqual(mustBe(200, status).json, { status: 'ok' })
  mustBe(200, await present(node, claims))
  const deployed: Claims = {
    ...claims,
    google: undefined,
    aud: `conjur/${ACCOUNT}/host/shop/receipts`,
    email: 'receipts@shop-prod.iam.gserviceaccount.com',
  }
  mustBe(200, await present(node, deployed))
  assertSilent(401, await present(node, { ...deployed, email: claims['email'] }))
  const logins = (await node.trail()).filter(({ operation }) => operation === 'authenticate')
  assert.deepEqual(
    logins.slice(0, 2).map(({ user }) => user),
    ['acme:host:shop/cart', 'acme:host:shop/receipts'],
  )
})

test('`jwt`: a token that differs from that of the page in one thing alone is refused', async () => {
  await using node = await openPage()
  mustBe(200, await present(node, claims))
  for (const [path, more] of [
    ['iss', ['https://accounts.google.com/']],
    ['aud', [`conjur/${ACCOUNT}/host/shop/receipts`, 'conjur/beta/host/shop/cart']],
    ['sub', ['1']],
    ['email_verified', ['true', 1]],
    ['google/compute_engine/project_id', ['shop-prod-2', 'Shop-Prod']],
    ['google/compute_engine/instance_name', ['receipts-1', 'cart']],
  ] as const) {
    for (const value of ['evil', undefined, [], {}, false, 0, ...more]) {
      const reply = await present(node, altered(claims, path.split('/'), value))
      assertSilent(401, reply)
    }
  }
  const expired = await present(node, { ...claims, exp: 1_749_999_999 })
  assert.match(mustBe(401, expired).text, /CONJ00016E/)
})

test('the page tells of every attribute that a token can have', async () => {
  const page = readFileSync('docs/authenticators/authn-gcp.md', 'utf8')
  await using node = await openPage()
  const body = { role: 'host:shop/cart', proof: `jwt=${await signed(claims, key)}` }
  const headers = { 'Content-Type': 'application/json' }
  const path = `/authn-gcp/${ACCOUNT}/explain`
  const reply = mustBe(200, await node.admin.post(path, JSON.stringify(body), headers))
  const attributes = at(reply.json, 'attributes')
  assert.ok(Array.isArray(attributes) && attributes.length === 7)
  for (const attribute of attributes) {
    assert.ok(page.includes(`\n| \`${String(at(attribute, 'name'))}\` `))
  }
})
