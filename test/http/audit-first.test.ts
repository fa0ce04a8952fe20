import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import type { Reply } from './client.ts'
import {
  assertError,
  basic,
  keyIn,
  loadAs,
  mustBe,
  openNode,
  resourcePath,
  secretPath,
} from './harness.ts'
import type { TestNode } from './harness.ts'

const PASSWORD = 'Correct-Horse-4-Staples'
const SECRET = 'value that must not leave'

interface Blocked extends TestNode {
  /** From now on the trail can be written to, or not. */
  isFull: boolean
}

/** A node whose trail can be full, with a secret. */
async function openBlocked(): Promise<Blocked> {
  const trail = { isFull: false }
  const node = await openNode({
    between: (store) => ({
      async record(events) {
        if (trail.isFull) throw new Failure('unavailable', 'the database does not answer')
        await store.record(events)
      },
    }),
  })
  await node.load('- !variable db\n- !user alice')
  await node.set('db', SECRET)
  return Object.defineProperty(Object.assign(node, trail), 'isFull', {
    get: () => trail.isFull,
    set: (isFull: boolean) => {
      trail.isFull = isFull
    },
  })
}

test('`audit-block`: nothing is answered that cannot be recorded, and it comes back by itself', async () => {
  await using node = await openBlocked()
  const alice = await node.as('alice')
  node.isFull = true
  const unavailable = { code: 'unavailable', message: 'the database does not answer' }
  const replies = [
    await node.admin.get(secretPath('db')),
    await node.admin.get('/secrets?variable_ids=acme:variable:db'),
    await alice.get(secretPath('db')),
    await alice.get('/secrets?variable_ids=acme:variable:db'),
    await node.admin.get(resourcePath('variable', 'db')),
    await node.admin.get(`${resourcePath('variable', 'db')}?check&privilege=read`),
    await node.admin.get('/resources/acme'),
    await node.admin.get('/audit/acme'),
    await node.admin.get('/whoami'),
    await alice.post(secretPath('db'), 'mine'),
    await loadAs(alice, '- !variable mine'),
    await node.anyone.post('/authn/acme/admin/authenticate', node.adminKey),
    await node.anyone.post('/authn/acme/admin/authenticate', 'wrong'),
    await node.anyone.get('/authn/acme/login', basic('admin', node.adminKey)),
    await node.anyone.post('/authn-jwt/ci/acme/authenticate', 'jwt=x.y.z'),
  ]
  for (const reply of replies) {
    assertError(503, unavailable, reply)
    assert.equal(reply.headers['retry-after'], '1')
  }
  node.isFull = false
  assert.equal(mustBe(200, await node.admin.get(secretPath('db'))).text, SECRET)
})

test('`audit-block`: a secret waits for the record of its release to be durable', async () => {
  const { promise: recorded, resolve: finish } = Promise.withResolvers<undefined>()
  const { promise: asked, resolve: ask } = Promise.withResolvers<undefined>()
  await using node = await openNode({
    between: (store) => ({
      async record(events) {
        if (events.some(({ kind }) => kind === 'fetch')) {
          ask(undefined)
          await recorded
        }
        await store.record(events)
      },
    }),
  })
  await node.load('- !variable db')
  await node.set('db', SECRET)
  let isAnswered = false
  const reply = node.admin.get(secretPath('db')).finally(() => (isAnswered = true))
  await asked
  // Whatever the server had already sent would be here before the answer to a later request.
  mustBe(200, await node.anyone.get('/healthz'))
  assert.equal(isAnswered, false)
  assert.deepEqual(
    (await node.trail()).filter(({ kind }) => kind === 'fetch'),
    [],
  )
  finish(undefined)
  assert.equal(mustBe(200, await reply).text, SECRET)
  assert.equal((await node.trail()).filter(({ kind }) => kind === 'fetch').length, 1)
})

test('a credential is changed together with the record of it, or not at all', async () => {
  let isFull = false
  await using node = await openNode({
    between: (store) => ({
      change: (account, work) =>
        store.change(account, (transaction) =>
          work({
            ...transaction,
            async record(events) {
              if (isFull) throw new Failure('unavailable', 'the database does not answer')
              await transaction.record(events)
            },
          }),
        ),
    }),
  })
  const key = keyIn(await node.load('- !user alice'), 'user:alice')
  const bearer = await node.as('alice')
  const login = (secret: string): Promise<Reply> =>
    node.anyone.get('/authn/acme/login', basic('alice', secret))
  isFull = true
  const replies = [
    await node.admin.put('/authn/acme/api_key?role=user:alice'),
    await node.anyone.put('/authn/acme/api_key', '', basic('alice', key)),
    await node.anyone.put('/authn/acme/password', PASSWORD, basic('alice', key)),
  ]
  for (const reply of replies) mustBe(503, reply)
  mustBe(200, await login(key))
  mustBe(200, await bearer.get('/whoami'))
  isFull = false
  mustBe(204, await node.anyone.put('/authn/acme/password', PASSWORD, basic('alice', key)))
  isFull = true
  mustBe(503, await login(PASSWORD))
})

test('a revocation that comes in while a request is under way decides it, values and all', async () => {
  let revoke: (() => Promise<unknown>) | undefined
  await using other = await openNode()
  await other.load(`
- !variable db
- !user reader
- !user second
- !permit { role: [!user reader, !user second], privileges: [read, execute], resource: !variable db }`)
  await other.set('db', SECRET)
  await using node = await openNode({
    database: other.database,
    between: (store) => ({
      async read(wants) {
        const before = revoke
        revoke = undefined
        await before?.()
        return store.read(wants)
      },
    }),
  })
  const [reader, second] = [await node.as('reader'), await node.as('second')]
  const path = secretPath('db')
  mustBe(200, await reader.get(path))
  revoke = () =>
    other.load(
      '- !deny { role: !user reader, privileges: [read, execute], resource: !variable db }',
      { method: 'PATCH' },
    )
  const replies = await Promise.all([
    reader.get(path),
    second.get(path),
    reader.get('/secrets?variable_ids=acme:variable:db'),
    reader.get('/resources/acme?count=true'),
  ])
  assert.deepEqual(
    replies.map(({ status }) => status),
    [404, 200, 404, 200],
  )
  assert.equal(replies[3]?.text, '{"count":0}')
})
