import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, mustBe, NOW, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = `
- !policy
  id: conjur/authn-jwt/ci
  body:
    - !webservice
    - !webservice status
    - !variable public-keys
    - !variable issuer
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !host
  id: job
  annotations: { authn-jwt/ci/ref: main, strongroom/attest/source-address: '["192.0.2.0/24", "2001:db8::/32"]' }
- !host
  id: fenced
  restricted_to: [192.0.2.0/24]
  annotations: { authn-jwt/ci/ref: main }
- !host { id: anywhere, annotations: { strongroom/attest/source-address: 0.0.0.0/0 } }
- !host { id: typo, annotations: { authn-jwt/ci/ref: main, strongroom/attest/source-address: office } }
- !grant
  role: !group conjur/authn-jwt/ci/apps
  members: [!host job, !host fenced, !host anywhere, !host typo]
`

const key = await issuerKey()

async function withIssuer(): Promise<TestNode> {
  const node = await openNode()
  await node.load(POLICY)
  await node.set('conjur/authn-jwt/ci/public-keys', `{"type":"jwks","value":${jwksOf(key)}}`)
  await node.set('conjur/authn-jwt/ci/issuer', 'https://ci.example')
  return node
}

const second = NOW / 1000

const proof = async (): Promise<string> =>
  `jwt=${await signed({ iss: 'https://ci.example', ref: 'main', iat: second, exp: second + 60 }, key)}`

const loginFrom = async (node: TestNode, address: string, host = 'job'): Promise<Reply> =>
  node.anyone.post(`/authn-jwt/ci/${ACCOUNT}/host%2F${host}/authenticate`, await proof(), {
    'X-Forwarded-For': address,
  })

const explain = async (
  node: TestNode,
  question: Readonly<Record<string, unknown>>,
): Promise<Reply> =>
  node.admin.post(`/authn-jwt/ci/${ACCOUNT}/explain`, JSON.stringify(question), {
    'Content-Type': 'application/json',
  })

const newest = async (node: TestNode): Promise<unknown> =>
  (await node.trail()).findLast(({ operation }) => operation === 'authenticate')

test('a host logs in from where it says that it is, and from nowhere else', async () => {
  await using node = await withIssuer()
  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8:7::1', '2001:0DB8::1']) {
    mustBe(200, await loginFrom(node, address))
  }
  for (const address of ['192.0.3.7', '127.0.0.1', '2001:db9::1', '::ffff:192.0.3.7']) {
    assertSilent(401, await loginFrom(node, address))
    assert.equal(
      at(await newest(node), 'reason'),
      'CONJ00049E `source-address` from the connection is not what `strongroom/attest/source-address` demands',
    )
  }
})

test('the trail tells the address among the attributes, whether it holds or not', async () => {
  await using node = await withIssuer()
  for (const [address, canonical, outcome] of [
    ['2001:0DB8:0::1', '2001:db8::1', 'passed'],
    ['198.51.100.1', '198.51.100.1', 'failed'],
  ] as const) {
    await loginFrom(node, address)
    const attestation = at(await newest(node), 'attestation')
    assert.ok(Array.isArray(attestation))
    assert.deepEqual(
      attestation.find((finding) => at(finding, 'attribute') === 'source-address'),
      {
        attribute: 'source-address',
        outcome,
        statedBy: 'strongroom/attest/source-address',
        source: 'connection',
        values: [canonical],
      },
    )
  }
})

test('a host that says where it is and not what it is, is nobody', async () => {
  await using node = await withIssuer()
  assertSilent(401, await loginFrom(node, '192.0.2.7', 'anywhere'))
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00099E/)
})

test('an address that nobody can have refuses the host, wherever it is', async () => {
  await using node = await withIssuer()
  assertSilent(401, await loginFrom(node, '192.0.2.7', 'typo'))
  assert.match(String(at(await newest(node), 'reason')), /^CONJ00119E/)
})

test('an explanation holds the address against the host when it is told one, and leaves it open otherwise', async () => {
  await using node = await withIssuer()
  const question = { role: 'host:job', proof: await proof() }
  const conditionIn = (reply: Reply): unknown => {
    const conditions = at(mustBe(200, reply).json, 'conditions')
    assert.ok(Array.isArray(conditions))
    return conditions.find((condition) => at(condition, 'attribute') === 'source-address')
  }
  const common = {
    attribute: 'source-address',
    expected: ['192.0.2.0/24', '2001:db8::/32'],
    stated_by: 'strongroom/attest/source-address',
  }
  const open = await explain(node, question)
  assert.equal(at(open.json, 'outcome'), 'recognised')
  assert.deepEqual(conditionIn(open), { ...common, outcome: 'unknown', values: [] })
  for (const [address, outcome, became] of [
    ['192.0.2.7', 'passed', 'recognised'],
    ['198.51.100.1', 'failed', 'refused'],
  ] as const) {
    const reply = await explain(node, { ...question, source_address: address })
    assert.equal(at(reply.json, 'outcome'), became)
    assert.deepEqual(conditionIn(reply), {
      ...common,
      outcome,
      source: 'connection',
      values: [address],
    })
  }
})

test('an explanation for an address looks at restricted_to as well; what is no address is none', async () => {
  await using node = await withIssuer()
  const question = { role: 'host:fenced', proof: await proof() }
  const outcome = async (address: string): Promise<unknown> =>
    at((await explain(node, { ...question, source_address: address })).json, 'outcome')
  assert.equal(await outcome('192.0.2.7'), 'recognised')
  const reply = await explain(node, { ...question, source_address: '198.51.100.1' })
  const checks = at(reply.json, 'checks')
  assert.ok(Array.isArray(checks))
  const failed: unknown = checks.find((check) => at(check, 'result') === 'failed')
  assert.equal(at(failed, 'name'), 'address')
  for (const address of ['192.0.2.0/24', 'office', '']) {
    mustBe(422, await explain(node, { ...question, source_address: address }))
  }
})
