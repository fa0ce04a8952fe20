import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from './client.ts'
import {
  ACCOUNT,
  assertError,
  assertSilent,
  at,
  basic,
  keyIn,
  mustBe,
  openNode,
} from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = `
- !user alice
- !user bob
- !user clerk
- !user stranger
- !host app
- !group ops
- !permit { role: !user clerk, privileges: [read], resources: [!user bob, !group ops] }
- !permit { role: !user alice, privileges: [read, update], resources: [!user bob, !host app, !group ops] }
`

const PATH = `/authn/${ACCOUNT}/api_key`
const WEAK = { code: 'unauthorized', message: 'Credential strength is insufficient' }
const KEY = /^[0-9a-hjkmnp-tv-z]{30,56}$/

const foreign = (role: string): string => `${PATH}?role=${encodeURIComponent(role)}`
const notFound = (target: string, caller: string): Readonly<Record<string, unknown>> => ({
  code: 'not_found',
  message: `CONJ00123E Resource '${target}' requested by role '${caller}' not found`,
})
const authenticates = async (node: TestNode, login: string, key: string): Promise<boolean> =>
  (await node.anyone.post(`/authn/${ACCOUNT}/${encodeURIComponent(login)}/authenticate`, key))
    .status === 200

test('the bearer of a key gets a new one for itself, and the old key and its tokens end at once', async () => {
  await using node = await openNode()
  const old = keyIn(await node.load(POLICY), 'user:alice')
  const bearer = await node.as('alice')
  const reply = mustBe(200, await node.anyone.put(PATH, '', basic('alice', old)))
  assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
  assert.match(reply.text, KEY)
  assert.equal(await authenticates(node, 'alice', old), false)
  assert.equal(await authenticates(node, 'alice', reply.text), true)
  assert.equal(mustBe(401, await bearer.get('/whoami')).text, 'Unauthorized: Invalid token')

  const named = await node.anyone.put(foreign('user:alice'), '', basic('alice', reply.text))
  assert.equal(await authenticates(node, 'alice', mustBe(200, named).text), true)
})

test('the bearer of a key cannot rotate that of somebody else', async () => {
  await using node = await openNode()
  const loaded = await node.load(POLICY)
  const [alice, bob] = [keyIn(loaded, 'user:alice'), keyIn(loaded, 'user:bob')]
  for (const target of ['user:bob', 'acme:user:bob', 'user:nobody']) {
    assertSilent(401, await node.anyone.put(foreign(target), '', basic('alice', alice)))
  }
  assert.equal(await authenticates(node, 'bob', bob), true)
  assert.equal(await authenticates(node, 'alice', alice), true)
})

test('`token-scope`: a token rotates no key of its own role, whatever the role may do', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  for (const login of ['admin', 'alice', 'host/app']) {
    const bearer = await node.as(login)
    const role = login.startsWith('host/') ? 'host:app' : `user:${login}`
    for (const path of [PATH, foreign(role), foreign(`${ACCOUNT}:${role}`)]) {
      assertError(401, WEAK, await bearer.put(path))
    }
    mustBe(200, await bearer.get('/whoami'))
  }
  assert.equal(await authenticates(node, 'admin', node.adminKey), true)
})

test('a token with `update` rotates the key of another user or host', async () => {
  await using node = await openNode()
  const loaded = await node.load(POLICY)
  const alice = await node.as('alice')
  for (const [login, role] of [
    ['bob', 'user:bob'],
    ['host/app', 'acme:host:app'],
  ] as const) {
    const bearer = await node.as(login)
    const key = mustBe(200, await alice.put(foreign(role))).text
    assert.equal(await authenticates(node, login, key), true)
    const old = keyIn(loaded, role.replace('acme:', ''))
    assert.equal(await authenticates(node, login, old), false)
    mustBe(401, await bearer.get('/whoami'))
  }
})

test('a token with less than `update` rotates nothing, and learns of nothing that it cannot see', async () => {
  await using node = await openNode()
  const loaded = await node.load(POLICY)
  const clerk = await node.as('clerk')
  assertSilent(403, await clerk.put(foreign('user:bob')))
  assertSilent(403, await clerk.put(foreign('group:ops')))
  const [caller, alice] = ['acme:user:clerk', 'acme:user:alice']
  const replies = ['user:stranger', 'user:nobody', 'user:admin'].map(async (target) => {
    assertError(404, notFound(target, caller), await clerk.put(foreign(target)))
  })
  await Promise.all(replies)
  assertError(
    404,
    notFound('user:nobody', alice),
    await (await node.as('alice')).put(foreign('user:nobody')),
  )
  assert.equal(await authenticates(node, 'bob', keyIn(loaded, 'user:bob')), true)
  assert.equal(await authenticates(node, 'stranger', keyIn(loaded, 'user:stranger')), true)
})

test('a role that has no key has none to rotate', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const message = "CONJ00126E Role 'acme:group:ops' is not applicable for key rotation"
  const reply = await (await node.as('alice')).put(foreign('group:ops'))
  assertError(405, { code: 'method_not_allowed', message }, reply)
})

test('without a good credential there is no rotation', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assert.equal(mustBe(401, await node.anyone.put(PATH)).text, 'Authorization missing')
  assertSilent(401, await node.anyone.put(PATH, '', basic('alice', 'wrong')))
  assertSilent(401, await node.anyone.put(PATH, '', basic('nobody', 'wrong')))
  const message = 'Expected at least 2 tokens in x'
  assertError(
    422,
    { code: 'argument_error', message },
    await (await node.as('alice')).put(foreign('x')),
  )
})

test('every rotation and every refused one is in the trail', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const [alice, clerk] = [await node.as('alice'), await node.as('clerk')]
  await alice.put(foreign('user:bob'))
  await clerk.put(foreign('user:bob'))
  const seen = (await node.trail()).filter(({ kind }) => kind === 'api-key')
  assert.deepEqual(
    seen.map(({ user, operation, result, subject }) => [user, operation, result, subject]),
    [
      ['acme:user:alice', 'rotate', 'success', { role: 'acme:user:bob' }],
      ['acme:user:clerk', 'rotate', 'failure', { role: 'acme:user:bob' }],
    ],
  )
})

test('when a key was last rotated is told to whoever may rotate it, and to nobody else', async () => {
  await using node = await openNode()
  const loaded = await node.load(POLICY)
  const key = keyIn(loaded, 'user:alice')
  const [alice, clerk] = [await node.as('alice'), await node.as('clerk')]
  const told = (reply: Reply): unknown => {
    const { role, timestamp } = mustBe(200, reply).json as Record<string, unknown>
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    return role
  }
  assert.equal(told(await node.anyone.get(PATH, basic('alice', key))), 'acme:user:alice')
  assert.equal(told(await alice.get(foreign('host:app'))), 'acme:host:app')

  for (const path of [PATH, foreign('user:alice')]) assertError(401, WEAK, await alice.get(path))
  assertSilent(401, await node.anyone.get(foreign('user:bob'), basic('alice', key)))
  assertSilent(401, await node.anyone.get(PATH, basic('alice', 'wrong')))
  assert.equal(mustBe(401, await node.anyone.get(PATH)).text, 'Authorization missing')
  assertSilent(403, await clerk.get(foreign('user:bob')))
  const hidden = notFound('user:stranger', 'acme:user:clerk')
  assertError(404, hidden, await clerk.get(foreign('user:stranger')))
  const none = "CONJ00126E Role 'acme:group:ops' is not applicable for key rotation"
  const keyless = { code: 'method_not_allowed', message: none }
  assertError(405, keyless, await alice.get(foreign('group:ops')))

  const seen = (await node.trail()).filter(({ operation }) => operation === 'show')
  assert.deepEqual(seen.map(({ result }) => result).toSorted(), [
    ...Array<string>(7).fill('failure'),
    'success',
    'success',
  ])
})

test('a rotation moves the time that is told', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const alice = await node.as('alice')
  const timeOf = async (): Promise<number> => {
    const { json } = mustBe(200, await alice.get(foreign('user:bob')))
    return Date.parse(String(at(json, 'timestamp')))
  }
  const before = await timeOf()
  mustBe(200, await alice.put(foreign('user:bob')))
  assert.ok((await timeOf()) >= before)
})
