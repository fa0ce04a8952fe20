import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { Outbound } from '#app/outbound.ts'
import { Failure } from '#lib/failure.ts'
import { issuerKey, jwksOf, signed } from '../authn/jwt/issuer.ts'
import type { Caller, Reply } from './client.ts'
import {
  ACCOUNT,
  assertError,
  assertSilent,
  authorizationOf,
  mustBe,
  NOW,
  openNode,
} from './harness.ts'
import type { NodeOptions, TestNode } from './harness.ts'

const ISSUER = 'https://ci.example'

const POLICY = `
- !policy
  id: conjur/authn-jwt/ci
  body:
    - !webservice
    - !variable public-keys
    - !variable issuer
    - !variable audience
    - !variable token-app-property
    - !variable identity-path
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !policy
  id: jobs
  body:
    - !host { id: build, annotations: { authn-jwt/ci/ref: main } }
    - !host { id: fenced, annotations: { authn-jwt/ci/ref: main }, restricted_to: [192.0.2.0/24] }
    - !host { id: outsider, annotations: { authn-jwt/ci/ref: main } }
    - !host { id: plain }
- !grant
  role: !group conjur/authn-jwt/ci/apps
  members: [!host jobs/build, !host jobs/fenced, !host jobs/plain]
- !policy { id: conjur/authn-jwt/off, body: [!webservice] }
`

const key = await issuerKey()

async function withIssuer(options: NodeOptions = {}): Promise<TestNode> {
  const node = await openNode(options)
  await node.load(POLICY)
  for (const [name, value] of [
    ['public-keys', `{"type":"jwks","value":${jwksOf(key)}}`],
    ['issuer', ISSUER],
    ['audience', 'strongroom'],
    ['token-app-property', 'job'],
    ['identity-path', 'jobs'],
  ] as const) {
    await node.set(`conjur/authn-jwt/ci/${name}`, value)
  }
  return node
}

const second = NOW / 1000

const claims = (
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> => ({
  iss: ISSUER,
  aud: 'strongroom',
  job: 'build',
  ref: 'main',
  iat: second,
  exp: second + 60,
  ...more,
})

const PATH = `/authn-jwt/ci/${ACCOUNT}/authenticate`

const present = async (
  caller: Caller,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Reply> => caller.post(PATH, `jwt=${await signed(claims(more), key)}`)

test('a workload that its issuer vouches for gets a token, without any secret of ours', async () => {
  await using node = await withIssuer()
  const reply = mustBe(200, await present(node.anyone))
  assert.ok(isAccessToken(reply.json))
  const bearer = node.client.caller({ Authorization: authorizationOf(reply.json) })
  assert.match(mustBe(200, await bearer.get('/whoami')).text, /"username":"host\/jobs\/build"/)
  const event = (await node.trail()).findLast(({ kind }) => kind === 'authn')
  assert.deepEqual(
    [event?.operation, event?.result, event?.user, event?.subject],
    [
      'authenticate',
      'success',
      'acme:host:jobs/build',
      { authenticator: 'authn-jwt', service: 'acme:webservice:conjur/authn-jwt/ci' },
    ],
  )
})

test('the token comes as one word of base64 to who accepts that encoding', async () => {
  await using node = await withIssuer()
  const body = `jwt=${await signed(claims(), key)}`
  const reply = mustBe(200, await node.anyone.post(PATH, body, { 'Accept-Encoding': 'base64' }))
  const bearer = node.client.caller({ Authorization: `Token token="${reply.text}"` })
  mustBe(200, await bearer.get('/whoami'))
})

test('a proof that does not hold is refused without a word, and the trail has the reason', async () => {
  await using node = await withIssuer()
  const foreign = await issuerKey()
  const from = node.client.caller({ 'X-Forwarded-For': '198.51.100.1' })
  const refusals = [
    await node.anyone.post(PATH, `jwt=${await signed(claims(), foreign)}`),
    await present(node.anyone, { iss: 'https://evil.example' }),
    await present(node.anyone, { aud: 'other' }),
    await present(node.anyone, { job: 'nothing' }),
    await present(node.anyone, { ref: 'branch' }),
    await present(node.anyone, { job: 'plain' }),
    await present(from, { job: 'fenced' }),
    await node.anyone.post(
      `/authn-jwt/off/${ACCOUNT}/authenticate`,
      `jwt=${await signed(claims(), key)}`,
    ),
    await node.anyone.post(
      `/authn-jwt/none/${ACCOUNT}/authenticate`,
      `jwt=${await signed(claims(), key)}`,
    ),
    await node.anyone.post(
      '/authn-jwt/ci/nowhere/authenticate',
      `jwt=${await signed(claims(), key)}`,
    ),
  ]
  for (const refusal of refusals) assertSilent(401, refusal)
  const accounts = await Promise.all([node.trail(), node.trail('nowhere')])
  const events = accounts.flat().filter(({ kind }) => kind === 'authn')
  assert.equal(events.length, refusals.length)
  for (const { result, reason } of events) {
    assert.equal(result, 'failure')
    assert.match(reason ?? '', /^CONJ\d{5}E |address rejected/)
  }
})

test('a workload without the privilege is forbidden, an expired proof says so, and none at all is a bad request', async () => {
  await using node = await withIssuer()
  assertSilent(403, await present(node.anyone, { job: 'outsider' }))
  const error = { code: 'unauthorized', message: 'CONJ00016E Token expired' }
  assertError(401, error, await present(node.anyone, { exp: second - 1 }))
  for (const body of ['', 'jwt=', 'token=x']) mustBe(400, await node.anyone.post(PATH, body))
})

test('a host that is restricted to addresses is recognised there', async () => {
  await using node = await withIssuer()
  mustBe(
    200,
    await present(node.client.caller({ 'X-Forwarded-For': '192.0.2.77' }), { job: 'fenced' }),
  )
})

test('`stale-token`: a workload that lost its group, its instance or its role is refused at its next request', async () => {
  await using node = await withIssuer()
  const bearer = await node.as('host/jobs/build')
  const revoke = '- !revoke { role: !group conjur/authn-jwt/ci/apps, member: !host jobs/build }'
  await node.load(revoke, { method: 'PATCH' })
  assertSilent(403, await present(node.anyone))
  await node.load('- !delete { record: !host jobs/build }', { method: 'PATCH' })
  assertSilent(401, await present(node.anyone))
  mustBe(401, await bearer.get('/whoami'))
})

test('a provider that hangs holds up the workloads of its own instance alone', async () => {
  const { promise: hanging, reject } = Promise.withResolvers<never>()
  const authenticatorCalls: Outbound = {
    get: () => hanging,
    send: async () => assert.fail('nothing is sent'),
  }
  await using node = await withIssuer({ authenticatorCalls })
  const slow = POLICY.replaceAll('authn-jwt/ci', 'authn-jwt/slow').replace(
    'public-keys',
    'jwks-uri',
  )
  await node.load(slow)
  for (const [name, value] of [
    ['jwks-uri', 'https://slow.example/keys'],
    ['issuer', ISSUER],
    ['audience', 'strongroom'],
    ['token-app-property', 'job'],
    ['identity-path', 'jobs'],
  ] as const) {
    await node.set(`conjur/authn-jwt/slow/${name}`, value)
  }
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  mustBe(204, await node.admin.patch(`/authn-jwt/slow/${ACCOUNT}`, 'enabled=true', form))
  const body = `jwt=${await signed(claims(), key)}`
  const stuck = Array.from({ length: 20 }, () =>
    node.anyone.post(`/authn-jwt/slow/${ACCOUNT}/authenticate`, body),
  )
  for (let count = 0; count < 5; count += 1) mustBe(200, await present(node.anyone))
  const first = await Promise.race([...stuck, Promise.resolve('still waiting')])
  assert.equal(first, 'still waiting')
  reject(new Failure('unreachable', 'it is given up'))
  for (const reply of await Promise.all(stuck)) assertSilent(401, reply)
})

test('`aliases`: a workload has one name, however a token or a path spells another', async () => {
  await using node = await withIssuer()
  for (const job of [
    'Build',
    'BUILD',
    'build ',
    ' build',
    'build\n',
    'buil\u200bd',
    '\ufeffbuild',
    'bu\u0131ld',
    'ｂuild',
    'build%00',
    'build%2f',
    'build/.',
    '../jobs/build',
    './build',
    'jobs/build',
    'host/jobs/build',
    '%62uild',
  ]) {
    assertSilent(401, await present(node.anyone, { job }))
  }
  await node.load(
    '- !policy { id: names, body: [!host "caf\\u00e9"] }'.replace('\\u00e9', '\u00e9'),
  )
  assertSilent(401, await present(node.anyone, { job: '../names/cafe\u0301' }))
  const outcomes = (await node.trail()).filter(({ operation }) => operation === 'authenticate')
  assert.ok(outcomes.every(({ result, user }) => result === 'failure' && user === 'not-found'))
  mustBe(200, await present(node.anyone))
  mustBe(200, await present(node.anyone, { job: '//build' }))
})
