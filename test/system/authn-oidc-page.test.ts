import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { authenticatorType } from '#app/authenticator-table.ts'
import { ISSUER, world } from '../authn/oidc/provider.ts'
import { ACCOUNT, mustBe, openNode } from '../http/harness.ts'
import { claims, comeBackTo, provider } from '../http/oidc-scene.ts'

const page = readFileSync('docs/authenticators/authn-oidc.md', 'utf8')

test('the policy of the page lets the user in of whom it speaks', async () => {
  const outside = world()
  await using node = await openNode({
    settings: { authenticators: ['authn-oidc/office'] },
    authenticatorCalls: outside.outbound,
  })
  const policy = /```yaml\n(?<policy>[^]*?)```/.exec(page)?.groups?.['policy'] ?? ''
  await node.load(policy)
  for (const [name, value] of [
    ['provider-uri', ISSUER],
    ['client-id', 'strongroom'],
    ['client-secret', 's'],
    ['redirect-uri', 'http://127.0.0.1:8888/callback'],
    ['claim-mapping', 'email'],
    ['group-roles', '{"ops":"group:operators"}'],
  ] as const) {
    await node.set(`conjur/authn-oidc/office/${name}`, value)
  }
  assert.equal((await provider(node)).name, 'Office')
  const status = await node.admin.get(`/authn-oidc/office/${ACCOUNT}/status`)
  assert.deepEqual(mustBe(200, status).json, { status: 'ok' })
  const visit = { node, outside, service: 'office' }
  mustBe(200, await comeBackTo(visit, claims({ sub: '5f0c1d2e' })))
  mustBe(401, await comeBackTo(visit, claims({ sub: 'another' })))
  mustBe(401, await comeBackTo(visit, claims({ sub: '5f0c1d2e', groups: ['staff'] })))
})

test('the page tells of every variable', () => {
  for (const { variable } of authenticatorType('oidc')?.fields ?? []) {
    assert.ok(page.includes(`\n| \`${variable}\` `), variable)
  }
})
