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

const POLICY = '- !user alice\n- !host app'
const PATH = `/authn/${ACCOUNT}/password`
const [GOOD, BETTER] = ['Correct-Horse-4-Staples', 'Better-Horse-5-Staples']

const change = (node: TestNode, login: string, secret: string, password: string): Promise<Reply> =>
  node.anyone.put(PATH, password, basic(login, secret))
const login = (node: TestNode, secret: string): Promise<Reply> =>
  node.anyone.get(`/authn/${ACCOUNT}/login`, basic('alice', secret))

test('a user sets a password with its key, and changes it with the password', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load(POLICY), 'user:alice')
  const reply = mustBe(204, await change(node, 'alice', key, GOOD))
  assert.deepEqual([reply.text, reply.headers['content-length']], ['', undefined])
  mustBe(200, await login(node, GOOD))
  mustBe(204, await change(node, 'alice', GOOD, BETTER))
  assertSilent(401, await login(node, GOOD))
  mustBe(200, await login(node, BETTER))
})

test('`stale-token`: a new password ends all tokens and all keys of password logins, not the API key', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load(POLICY), 'user:alice')
  mustBe(204, await change(node, 'alice', key, GOOD))
  const issued = mustBe(200, await login(node, GOOD)).text
  const bearer = await node.as('alice')
  mustBe(204, await change(node, 'alice', key, BETTER))
  mustBe(401, await bearer.get('/whoami'))
  assertSilent(401, await login(node, issued))
  mustBe(200, await login(node, key))
})

test('a weak password is refused, and nothing changes', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load(POLICY), 'user:alice')
  for (const weak of [
    '',
    'Short-1-aA',
    'correct-horse-4-staples',
    'CORRECT-HORSE-4',
    'Correct-Horse-Staples',
    'CorrectHorse4Staples',
    `${GOOD}\n`,
    `${GOOD}${'x'.repeat(110)}`,
  ]) {
    const reply = await change(node, 'alice', key, weak)
    const message = String(at(reply.json, 'error', 'message'))
    assert.match(message, /^password CONJ00046E /)
    const complaint = message.slice('password '.length)
    const details = [{ code: 'validation_failed', target: 'password', message: complaint }]
    assertError(422, { code: 'validation_failed', message, details }, reply)
  }
  assertSilent(401, await login(node, 'Short-1-aA'))
})

test('`token-scope`: a token changes no password', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const error = { code: 'unauthorized', message: 'Credential strength is insufficient' }
  assertError(401, error, await (await node.as('alice')).put(PATH, GOOD))
  assertError(401, error, await node.admin.put(`${PATH}?role=user:alice`, GOOD))
  assertSilent(401, await login(node, GOOD))
})

test('a host has no password', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load(POLICY), 'host:app')
  assertSilent(403, await change(node, 'host/app', key, GOOD))
})

test('a password is changed by its user alone', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assert.equal(mustBe(401, await node.anyone.put(PATH, GOOD)).text, 'Authorization missing')
  assertSilent(401, await change(node, 'alice', 'wrong', GOOD))
  assertSilent(401, await change(node, 'nobody', 'wrong', GOOD))
  assertSilent(
    401,
    await node.anyone.put(`${PATH}?role=user:alice`, GOOD, basic('admin', node.adminKey)),
  )
  const seen = (await node.trail()).filter(({ kind }) => kind === 'password')
  assert.deepEqual(
    seen.map(({ user, operation, result }) => [user, operation, result]),
    [
      ['acme:user:alice', 'change', 'failure'],
      ['not-found', 'change', 'failure'],
      ['acme:user:admin', 'change', 'failure'],
    ],
  )
})
