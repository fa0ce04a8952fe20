import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { admin } from './admin-program.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

let installation: Installation
let node: TestNode
let other: TestNode
let manager: string

before(async () => {
  installation = await startInstallation()
  node = await installation.start()
  other = await installation.start()
  manager = await node.tokenFor('admin', node.adminKey)
})
after(() => installation[Symbol.asyncDispose]())

const permit = async (...privileges: readonly string[]): Promise<void> => {
  const { environment } = installation
  await admin(environment, ['account', 'deny', 'acme:user:admin'])
  if (privileges.length === 0) return
  const run = await admin(environment, ['account', 'permit', 'acme:user:admin', ...privileges])
  assert.equal(run.exitCode, 0, run.stderr)
}

const create = (id: string, type = 'application/json'): ReturnType<TestNode['send']> =>
  node.as(manager, {
    method: 'POST',
    path: '/accounts',
    headers: { 'Content-Type': type },
    body: type === 'application/json' ? JSON.stringify({ id }) : `id=${encodeURIComponent(id)}`,
  })

const remove = (id: string): ReturnType<TestNode['send']> =>
  node.as(manager, { method: 'DELETE', path: `/accounts/${encodeURIComponent(id)}` })

const list = (): ReturnType<TestNode['send']> =>
  node.as(manager, { method: 'GET', path: '/accounts' })

/** The key of the administrator of an account that is created now. */
async function created(id: string): Promise<string> {
  const body = jsonOf(await create(id), 201)
  assert.ok(typeof body === 'object' && body !== null && 'api_key' in body && 'id' in body)
  assert.equal(body.id, id)
  return String(body.api_key)
}

test('without a privilege on !:webservice:accounts everything about accounts is forbidden, and says nothing', async () => {
  for (const answer of [await create('x'), await list(), await remove('acme'), await remove('x')]) {
    assert.deepEqual([answer.status, answer.body.toString()], [403, ''])
  }
})

test('each privilege allows one thing: execute to create, read to list, update to delete', async () => {
  await permit('execute')
  await created('only-create')
  assert.deepEqual([(await list()).status, (await remove('only-create')).status], [403, 403])
  await permit('read')
  assert.deepEqual(jsonOf(await list()), ['acme', 'only-create'])
  assert.deepEqual([(await create('x')).status, (await remove('only-create')).status], [403, 403])
  await permit('update')
  assert.deepEqual([(await create('x')).status, (await list()).status], [403, 403])
  assert.equal((await remove('only-create')).status, 204)
  await permit('execute', 'read', 'update')
})

test('an account is created by JSON or by a form, its administrator logs in at once on every node', async () => {
  const key = await created('tenant-json')
  assert.equal((await create('tenant-form', 'application/x-www-form-urlencoded')).status, 201)
  await other.tokenFor('admin', key, 'tenant-json')
  const token = await node.tokenFor('admin', key, 'tenant-json')
  const loaded = await other.as(token, {
    method: 'POST',
    path: '/policies/tenant-json/policy/root',
    body: '- !variable v',
  })
  assert.equal(loaded.status, 201)
})

test('the creator owns the administrator of the account', async () => {
  await created('owned')
  const shown = jsonOf(
    await node.as(manager, { method: 'GET', path: '/resources/owned/user/admin' }),
  )
  assert.ok(typeof shown === 'object' && shown !== null && 'owner' in shown)
  assert.equal(shown.owner, 'acme:user:admin')
})

test('what is wrong with a new account is told in the words of the Conjur API', async () => {
  await created('twice')
  assert.deepEqual(jsonOf(await create('twice'), 409), {
    error: {
      code: 'conflict',
      message: 'account "twice" already exists',
      target: 'account',
      details: { code: 'conflict', target: 'id', message: 'twice' },
    },
  })
  const errorOf = (code: string, message: string): unknown => ({ error: { code, message } })
  assert.deepEqual(
    jsonOf(await create('a/b'), 422),
    errorOf('argument_error', 'Invalid account: a/b'),
  )
  assert.deepEqual(
    jsonOf(await create('test:bad'), 422),
    errorOf('argument_error', 'account name "test:bad" contains invalid characters (:)'),
  )
  assert.equal((await create('with space')).status, 422)
  const broken = { method: 'POST', path: '/accounts', body: '{' } as const
  const headers = { 'Content-Type': 'application/json' }
  assert.equal((await node.as(manager, { ...broken, headers })).status, 400)
  assert.equal((await node.as(manager, { method: 'POST', path: '/accounts' })).status, 422)
})

test('an account that does not exist is not found, and neither is the one above all', async () => {
  for (const id of ['no-such', '!', 'a/b', '..']) assert.equal((await remove(id)).status, 404, id)
})

test('`stale-token`: a deleted account is gone at once on every node: logins, tokens, resources', async () => {
  const key = await created('doomed')
  const token = await other.tokenFor('admin', key, 'doomed')
  const whoami = { method: 'GET', path: '/whoami' } as const
  assert.equal((await other.as(token, whoami)).status, 200)
  assert.equal((await remove('doomed')).status, 204)
  assert.equal((await other.as(token, whoami)).status, 401)
  assert.equal(await other.login('admin', key, 'doomed'), 401)
  const resource = await node.as(manager, { method: 'GET', path: '/resources/doomed/user/admin' })
  assert.equal(resource.status, 404)
  assert.equal((await remove('doomed')).status, 404)
})

test('`cache-tenancy`: an account of the name of a deleted one starts with nothing, and its tokens are good on every node', async () => {
  const firstKey = await created('again')
  const first = await other.tokenFor('admin', firstKey, 'again')
  const write = (token: string, value: string): ReturnType<TestNode['send']> =>
    other.as(token, { method: 'POST', path: '/secrets/again/variable/v', body: value })
  const load = (token: string, body: string): ReturnType<TestNode['send']> =>
    other.as(token, { method: 'POST', path: '/policies/again/policy/root', body })
  const read = (token: string): ReturnType<TestNode['send']> =>
    other.as(token, { method: 'GET', path: '/secrets/again/variable/v' })
  await load(first, '- !variable v')
  assert.equal((await write(first, 'canary')).status, 201)
  await remove('again')

  const secondKey = await created('again')
  assert.equal(await other.login('admin', firstKey, 'again'), 401)
  assert.equal((await read(first)).status, 401)
  const second = await other.tokenFor('admin', secondKey, 'again')
  assert.equal((await node.as(second, { method: 'GET', path: '/whoami' })).status, 200)
  await load(second, '- !variable v')
  assert.equal((await read(second)).status, 404)
})

test('`escalation`: rights that a role of a deleted account had in another are not there for its namesake', async () => {
  await created('guest')
  const policy = `
- !variable shared
- !group readers
- !grant
  role: !group readers
  member: !user
    account: guest
    id: admin
- !permit
  role: !group readers
  privileges: [read, execute]
  resource: !variable shared
`
  const loaded = await node.as(manager, {
    method: 'POST',
    path: '/policies/acme/policy/root',
    body: policy,
  })
  assert.equal(loaded.status, 201, loaded.body.toString())
  await node.as(manager, { method: 'POST', path: '/secrets/acme/variable/shared', body: 'x' })
  await remove('guest')
  const key = await created('guest')
  const namesake = await node.tokenFor('admin', key, 'guest')
  const read = await node.as(namesake, { method: 'GET', path: '/secrets/acme/variable/shared' })
  assert.equal(read.status, 404)
})

test('what was done to accounts is in the trail of who did it', async () => {
  await created('recorded')
  await remove('recorded')
  await remove('recorded')
  const trail = jsonOf(await node.as(manager, { method: 'GET', path: '/audit/acme?limit=3' }))
  assert.ok(Array.isArray(trail))
  const seen = trail.map(({ event }: { event: Record<string, unknown> }) => [
    event['kind'],
    event['operation'],
    event['result'],
    event['subject'],
  ])
  const subject = { account: 'recorded' }
  assert.deepEqual(seen, [
    ['account', 'delete', 'failure', subject],
    ['account', 'delete', 'success', subject],
    ['account', 'create', 'success', subject],
  ])
})

test('`kind-confusion`: nobody gets at the account above all through the other routes', async () => {
  for (const [method, path] of [
    ['GET', '/resources/!/webservice/accounts'],
    ['POST', '/policies/!/policy/root'],
    ['POST', '/secrets/!/webservice/accounts'],
  ] as const) {
    await permit()
    const answer = await node.as(manager, { method, path, body: method === 'POST' ? 'x' : '' })
    assert.equal(answer.status, 404, path)
  }
  assert.equal(await node.login('!/root', 'x', '!'), 401)
})
