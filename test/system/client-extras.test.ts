import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/client.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import type { Reply, StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'
import { DEVS, POLICIES } from './team.ts'

let scene: Scene
let admin: Client
const exchanges: string[] = []

before(async () => {
  scene = await startScene(POLICIES)
  admin = createClient({
    url: scene.node.url,
    account: 'acme',
    credentials: { kind: 'apiKey', login: 'admin', key: scene.node.adminKey },
    observe: ({ method, path, status }) => exchanges.push(`${method} ${path} ${status}`),
  })
})
after(async () => {
  admin.close()
  await scene[Symbol.asyncDispose]()
})

/** A client of a server that does not take ids in a body. */
const strangerTo = (server: StandIn): Client =>
  createClient({
    url: server.url,
    account: 'acme',
    caPem: server.certPem,
    credentials: { kind: 'apiKey', login: 'admin', key: 'admin-key' },
  })

test('a role is shown with its members, and with what it holds', async () => {
  const role = await admin.role('group:team/devs')
  assert.deepEqual([role.id, role.members.length], ['acme:group:team/devs', 5])
  const hosts = await admin.members('group:team/devs', { kind: 'host', limit: 1 })
  assert.deepEqual(
    hosts.map(({ member }) => member),
    ['acme:host:team/app'],
  )
  assert.equal(await admin.countMembers('group:team/devs'), 5)
  assert.equal(await admin.countMembers('group:team/devs', { search: 'compiler' }), 1)
  const memberships = await admin.memberships('acme:host:team/app')
  assert.deepEqual(
    memberships.map((held) => held.role),
    ['acme:group:team/devs', 'acme:layer:team'],
  )
  assert.ok((await admin.rolesHeld('host:team/app')).includes('acme:group:hidden'))
  const edges = await admin.roleGraph('group:team/devs')
  assert.deepEqual(edges, await scene.get('admin', `${DEVS}?graph`))
  await assert.rejects(admin.role('group:nothing'), { code: 'not_found' })
  await assert.rejects(admin.role('nothing'), { code: 'argument_error' })
})

test('members are added and removed, and who may do what is told', async () => {
  await admin.addMember('group:team/devs', 'user:alice')
  assert.equal(await admin.countMembers('group:team/devs'), 6)
  await admin.removeMember('group:team/devs', 'acme:user:alice')
  await assert.rejects(admin.removeMember('group:team/devs', 'user:alice'), { code: 'not_found' })
  const permitted = await admin.permittedRoles('group:team/devs', 'read')
  assert.ok(permitted.includes('acme:user:viewer'))
  assert.ok(!permitted.includes('acme:user:stranger'))
})

test('2,500 values come in three requests, byte for byte, ids with commas among them', async () => {
  const names = Array.from({ length: 2498 }, (_, index) => `many/${index}`)
  const odd = ['many/a,b', 'many/binary']
  await scene.load('root', [...names, ...odd].map((name) => `- !variable "${name}"`).join('\n'))
  const binary = Buffer.from([0, 255, 128])
  await scene.set('many/binary', binary)
  await scene.set('many/a,b', 'with a comma')
  exchanges.length = 0
  const readable = await admin.readableSecrets([...names, ...odd])
  assert.deepEqual([...readable.keys()], odd)
  assert.deepEqual(readable.get('many/binary'), binary)
  assert.deepEqual(
    exchanges.filter((line) => line.includes('/secrets')),
    ['POST /secrets/values 200', 'POST /secrets/values 200', 'POST /secrets/values 200'],
  )
  await assert.rejects(admin.secrets([...odd, ...names]), {
    code: 'not_found',
    message: 'CONJ00076E Variable acme:variable:many/0 is empty or not found.',
  })
  const values = await admin.secrets(odd)
  assert.equal(values.get('many/a,b')?.toString(), 'with a comma')
})

test('a few values come by the URL that every server knows', async () => {
  await scene.load('root', '- !variable few/a\n- !variable few/b')
  await scene.set('few/a', 'a')
  await scene.set('few/b', 'b')
  exchanges.length = 0
  await admin.secrets(['few/a', 'few/b'])
  assert.deepEqual(exchanges, ['GET /secrets 200'])
})

test('a value is cleared and made due', async () => {
  await scene.load('root', '- !variable cleared')
  await admin.setSecret('cleared', Buffer.from('value'))
  await admin.expireSecret('cleared')
  await admin.clearSecret('cleared')
  await assert.rejects(admin.secret('cleared'), { code: 'not_found' })
  assert.deepEqual(await admin.readableSecrets(['cleared']), new Map())
})

test('from a server that takes no ids in a body, what may be read comes one by one', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from('value of a'))
  server.forbidden.add('acme:variable:b')
  const client = strangerTo(server)
  const found = await client.readableSecrets(['a', 'b', 'c', 'variable:a'])
  assert.deepEqual([...found.keys()], ['a', 'variable:a'])
  assert.equal(found.get('a')?.toString(), 'value of a')
  client.close()
})

test('`fallback`: a refusal of a batch in a body is not taken for a server that does not know it', async () => {
  await using server = await startStandIn()
  const client = strangerTo(server)
  const ids = Array.from({ length: 400 }, (_, index) => `some/long/path/to/variable-${index}`)
  for (const id of ids) server.secrets.set(`acme:variable:${id}`, Buffer.from(id))
  assert.equal((await client.secrets(ids)).size, 400)
  const message = 'CONJ00076E Variable x is empty or not found.'
  const refusals: readonly Reply[] = [
    [403],
    [404, { error: { code: 'not_found', message } }],
    [503],
  ]
  for (const refusal of refusals) {
    server.seen.length = 0
    server.answer = ({ path }) => (path === '/secrets/values' ? refusal : undefined)
    await assert.rejects(client.secrets(ids))
    await assert.rejects(client.readableSecrets(ids))
    assert.deepEqual(
      server.seen.map(({ path }) => path),
      ['/secrets/values', '/secrets/values'],
    )
  }
  client.close()
})

test('an altered value is told as such, and what is no partial batch is refused', async () => {
  await using server = await startStandIn()
  const client = strangerTo(server)
  for (const body of [
    { 'acme:variable:a': { error: 'corrupt' } },
    { 'acme:variable:a': { base64: 'c4n4ry!' } },
    { 'acme:variable:a': 'value' },
    ['value'],
  ]) {
    server.answer = ({ path }) => (path === '/secrets/values' ? [200, body] : undefined)
    await assert.rejects(client.readableSecrets(['a']), { code: 'corrupt' })
  }
  client.close()
})
