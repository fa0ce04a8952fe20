import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from './client.ts'
import { ACCOUNT, basic, keyIn, mustBe, openNode, secretPath } from './harness.ts'
import type { TestNode } from './harness.ts'

const POLICY = `
- !variable db
- !host web
- !group readers
- !grant { role: !group readers, member: !host web }
- !permit { role: !group readers, privileges: [read, execute], resource: !variable db }
`

const DB = secretPath('db')

/** Two nodes on one database; what is changed through one must be obeyed by the very next request to the other. */
interface Pair extends AsyncDisposable {
  readonly one: TestNode
  readonly other: TestNode
  /** The host, at the other node. */
  readonly web: Caller
  readonly webKey: string
}

async function openPair(): Promise<Pair> {
  const one = await openNode()
  const webKey = keyIn(await one.load(POLICY), 'host:web')
  await one.set('db', 'secret')
  const other = await openNode({ database: one.database })
  const web = await other.as('host/web')
  assert.equal(mustBe(200, await web.get(DB, { 'X-Forwarded-For': '192.0.2.1' })).text, 'secret')
  return {
    one,
    other,
    web,
    webKey,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]()
      await one[Symbol.asyncDispose]()
    },
  }
}

async function assertEnded(bearer: Caller): Promise<void> {
  for (const path of [
    DB,
    '/whoami',
    `/secrets?variable_ids=acme:variable:db`,
    `/resources/${ACCOUNT}`,
  ]) {
    assert.equal(mustBe(401, await bearer.get(path)).text, 'Unauthorized: Invalid token')
  }
}

test('`stale-token`: the token of a deleted role is refused by every node at its next request', async () => {
  await using pair = await openPair()
  await pair.one.load('- !delete { record: !host web }', { method: 'PATCH' })
  await assertEnded(pair.web)
})

test('`stale-token`: a role that was deleted and made again does not revive the tokens of the first', async () => {
  await using pair = await openPair()
  await pair.one.load('- !delete { record: !host web }', { method: 'PATCH' })
  await pair.one.load(POLICY)
  await assertEnded(pair.web)
  mustBe(200, await (await pair.other.as('host/web')).get(DB))
  const old = await pair.other.anyone.post(`/authn/${ACCOUNT}/host%2Fweb/authenticate`, pair.webKey)
  mustBe(401, old)
})

test('`stale-token`: a rotated key ends the tokens that the old one got, on every node', async () => {
  await using pair = await openPair()
  const path = `/authn/${ACCOUNT}/api_key`
  mustBe(200, await pair.one.anyone.put(path, '', basic('host/web', pair.webKey)))
  await assertEnded(pair.web)
})

test('`stale-token`: a restriction holds for tokens that were issued before it', async () => {
  await using pair = await openPair()
  const [inside, outside] = [
    { 'X-Forwarded-For': '192.0.2.1' },
    { 'X-Forwarded-For': '198.51.100.1' },
  ]
  mustBe(200, await pair.web.get(DB, outside))
  await pair.one.load('- !host { id: web, restricted_to: [192.0.2.0/24] }', { method: 'PATCH' })
  assert.equal(mustBe(403, await pair.web.get(DB, outside)).text, 'IP address rejected')
  mustBe(200, await pair.web.get(DB, inside))
  await pair.one.load('- !host { id: web, restricted_to: [203.0.113.0/24] }', { method: 'PATCH' })
  mustBe(403, await pair.web.get(DB, inside))
})

test('`stale-token`: a revoked grant, a denied privilege and a deleted group are obeyed at the next request', async () => {
  for (const text of [
    '- !revoke { role: !group readers, member: !host web }',
    '- !deny { role: !group readers, privileges: [read, execute], resource: !variable db }',
    '- !delete { record: !group readers }',
  ]) {
    await using pair = await openPair()
    await pair.one.load(text, { method: 'PATCH' })
    mustBe(404, await pair.web.get(DB))
    mustBe(404, await pair.web.get('/secrets?variable_ids=acme:variable:db'))
    mustBe(404, await pair.web.get(`/resources/${ACCOUNT}/variable/db?check&privilege=execute`))
    assert.equal(mustBe(200, await pair.web.get(`/resources/${ACCOUNT}`)).text, '[]')
  }
})

test('`stale-token`: a node that was away longer than the log reaches back starts anew, and obeys', async () => {
  await using pair = await openPair()
  await pair.one.load('- !revoke { role: !group readers, member: !host web }', { method: 'PATCH' })
  pair.one.database.forgetLog()
  mustBe(404, await pair.web.get(DB))
  mustBe(200, await pair.other.admin.get(DB))
})
