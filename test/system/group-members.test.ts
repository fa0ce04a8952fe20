import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer, Call } from '#client/transport.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { ask, assertRefused, bodyOf, deedsOf } from './v2.ts'

const ROOT = `
- !user alice
- !user stranger
- !policy
  id: data
  body:
    - !group readers
    - !group writers
    - !host app
    - !host unseen
    - !variable db
    - !permit { role: !group readers, privileges: [read, execute], resource: !variable db }
    - !permit { role: !user /alice, privileges: [read], resources: [ !group readers, !host app ] }
- !group admins
- !permit { role: !user alice, privileges: [create, update], resource: !policy data }
`

let scene: Scene

before(async () => {
  scene = await startScene([['root', ROOT]])
  await scene.set('data/db', 'secret')
})
after(() => scene[Symbol.asyncDispose]())

const READERS = '/groups/acme/data/readers/members'

const v2 = (login: string, method: Call['method'], path: string, body?: unknown): Promise<Answer> =>
  ask(scene, login, [method, path], body)

const app = { kind: 'host', id: 'data/app' }

test('who becomes a member has what the group has, at once, until it is removed', async () => {
  const fetch = async (): Promise<number> =>
    (await scene.as('host/data/app', 'GET', '/secrets/acme/variable/data%2Fdb')).status
  assert.equal(await fetch(), 404)
  assert.deepEqual(bodyOf(await v2('alice', 'POST', READERS, app), 201), app)
  assert.equal(await fetch(), 200)
  const removed = await v2('alice', 'DELETE', `${READERS}/host/data/app`)
  assert.deepEqual([removed.status, removed.body.toString()], [204, ''])
  assert.equal(await fetch(), 404)
  assert.deepEqual(await deedsOf(scene, 'membership', 2), [
    ['remove', 'success', 'acme:user:alice'],
    ['create', 'success', 'acme:user:alice'],
  ])
})

test('paths may have their slashes encoded, and an id one in front', async () => {
  const path = '/groups/acme/data%2Freaders/members'
  const member = { kind: 'host', id: '/data/app' }
  assert.deepEqual(bodyOf(await v2('admin', 'POST', path, member), 201), app)
  assertRefused(
    await v2('admin', 'POST', path, app),
    409,
    "CONJ00180W '/data/app' (kind='host') is already a member of 'acme:group:data/readers'",
  )
  assert.equal((await v2('admin', 'DELETE', `${path}/host/data%2Fapp`)).status, 204)
})

test('a member that was never one is not found, instead of a crash', async () => {
  assertRefused(
    await v2('admin', 'DELETE', `${READERS}/user/alice`),
    404,
    "CONJ00181W '/alice' (kind='user') is not a member of 'acme:group:data/readers'",
  )
})

test('`deny-wins`: without the privilege on the branch the branch is not there, whatever the group', async () => {
  for (const group of ['readers', 'nothing']) {
    const path = `/groups/acme/data/${group}/members`
    const message = "Branch 'data' not found in account 'acme'"
    assertRefused(await v2('stranger', 'POST', path, app), 404, message)
    assertRefused(await v2('stranger', 'DELETE', `${path}/host/data/app`), 404, message)
  }
})

test('a group that cannot be seen is not there', async () => {
  for (const group of ['writers', 'nothing']) {
    const message = `Group 'data/${group}' not found in account 'acme'`
    const path = `/groups/acme/data/${group}/members`
    assertRefused(await v2('alice', 'POST', path, app), 404, message)
    assertRefused(await v2('alice', 'DELETE', `${path}/host/data/app`), 404, message)
  }
})

test('a member that cannot be seen is an error of the request', async () => {
  for (const id of ['data/unseen', 'data/nothing']) {
    const message = `Host '${id}' not found in account 'acme'`
    assertRefused(await v2('alice', 'POST', READERS, { kind: 'host', id }), 422, message)
    assertRefused(await v2('alice', 'DELETE', `${READERS}/host/${id}`), 422, message)
  }
})

test('no group holds itself, directly or through others', async () => {
  const invalid = 'CONJ00191W The value in the Member ID parameter is not valid. Error:'
  assertRefused(
    await v2('admin', 'POST', READERS, { kind: 'group', id: 'data/readers' }),
    422,
    `${invalid} The 'data/readers' group cannot be a member of itself`,
  )
  bodyOf(await v2('admin', 'POST', READERS, { kind: 'group', id: 'data/writers' }), 201)
  assertRefused(
    await v2('admin', 'POST', '/groups/acme/data/writers/members', {
      kind: 'group',
      id: 'data/readers',
    }),
    422,
    `${invalid} The 'data/writers' group holds '/data/readers' (kind='group'): that would be a circle of roles`,
  )
})

test('groups of the root are in the root', async () => {
  const path = '/groups/acme/admins/members'
  bodyOf(await v2('admin', 'POST', path, { kind: 'user', id: 'alice' }), 201)
  assert.equal((await v2('admin', 'DELETE', `${path}/user/alice`)).status, 204)
  assertRefused(
    await v2('alice', 'POST', path, { kind: 'user', id: 'alice' }),
    404,
    "Branch 'root' not found in account 'acme'",
  )
})

test('bodies are refused with the words of the family', async () => {
  const cases: readonly (readonly [body: unknown, status: number, message: string])[] = [
    ['"kind": "host"', 400, 'Invalid JSON body: unexpected token'],
    [{}, 400, 'Empty request body'],
    [{ kind: 'host' }, 422, 'CONJ00190W Missing required parameter: id'],
    [{ kind: 'variable', id: 'data/db' }, 422, "Kind 'variable' is not a valid member kind"],
    [{ kind: 'host', id: 'a<b' }, 422, "Id Wrong path 'a<b'"],
    [{ kind: 'host', id: 'x', admin: true }, 422, 'Unexpected parameters: admin'],
  ]
  for (const [body, status, message] of cases) {
    assertRefused(await v2('admin', 'POST', READERS, body), status, message)
  }
})

test('what is no path of members is no route', async () => {
  for (const [method, path] of [
    ['POST', '/groups/acme/data/readers'],
    ['POST', '/groups/acme/members'],
    ['DELETE', READERS],
    ['DELETE', `${READERS}/variable/data/db`],
  ] as const) {
    assertRefused(await v2('admin', method, path, app), 404, 'there is no such route')
  }
})

test('`kind-confusion`: nobody reaches into another account', async () => {
  const foreign = { kind: 'user', id: 'acme:user:alice' }
  assert.equal((await v2('admin', 'POST', READERS, foreign)).status, 422)
  assertRefused(
    await v2('admin', 'POST', '/groups/other/data/readers/members', app),
    404,
    "Branch 'data' not found in account 'other'",
  )
})
