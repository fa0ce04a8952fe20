import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/client.ts'
import { Client as Database } from 'pg'
import { admin } from './admin-program.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

const SECRET = 'CANARYk7MDENGbPxRfiCYEXAMPLEKEYwJalrXUtn'
const DATA = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: SECRET }
const MASKED = { ...DATA, secret_access_key: '*****' }
const ON = { STRONGROOM_DYNAMIC_SECRETS: 'on' }

let installation: Installation
let node: TestNode
let client: Client

const clientOf = ({ url }: TestNode, key: string): Client =>
  createClient({
    url,
    account: 'acme',
    credentials: { kind: 'apiKey', login: 'admin', key },
  })

before(async () => {
  installation = await startInstallation()
  node = await installation.start(ON)
  client = clientOf(node, node.adminKey)
  await client.loadPolicy({
    branch: 'root',
    text: '- !policy { id: data, body: [ !policy dynamic ] }',
    mode: 'load',
  })
})
after(async () => {
  client.close()
  await installation[Symbol.asyncDispose]()
})

test('issuers are made, shown, listed, changed and deleted', async () => {
  const made = await client.createIssuer({ id: 'one', type: 'aws', max_ttl: 900, data: DATA })
  assert.deepEqual(
    [made.id, made.account, made.type, made.max_ttl, made.data],
    ['one', 'acme', 'aws', 900, MASKED],
  )
  assert.deepEqual(await client.issuer('one'), made)
  assert.deepEqual(await client.issuers(), [made])
  const changed = await client.updateIssuer('one', { max_ttl: 1000, data: DATA })
  assert.deepEqual([changed.max_ttl, changed.created_at], [1000, made.created_at])
  assert.ok(changed.modified_at >= made.modified_at)
  await assert.rejects(client.updateIssuer('one', { max_ttl: 900 }), { status: 400 })
  await assert.rejects(client.createIssuer({ id: 'one', type: 'aws', max_ttl: 900, data: DATA }), {
    code: 'conflict',
  })
  await client.deleteIssuer('one')
  await assert.rejects(client.issuer('one'), { code: 'not_found', message: 'Issuer not found' })
})

test('another node knows an issuer, and the variables that are bound to it, at once', async () => {
  const other = await installation.start(ON)
  const second = clientOf(other, node.adminKey)
  await client.createIssuer({ id: 'shared', type: 'aws', max_ttl: 900, data: DATA })
  assert.equal((await second.issuer('shared')).id, 'shared')
  await second.loadPolicy({
    branch: 'data/dynamic',
    text: '- !variable { id: db, annotations: { dynamic/issuer: shared, dynamic/method: federation-token } }',
    mode: 'load',
  })
  await assert.rejects(client.setSecret('data/dynamic/db', Buffer.from('x')), { status: 405 })
  await client.deleteIssuer('shared', { keepSecrets: true })
  await assert.rejects(second.secret('data/dynamic/db'), {
    status: 422,
    message: 'Issuer assigned to acme:variable:data/dynamic/db was not found',
  })
  second.close()
})

test('the database holds no secret of an issuer in the clear', async () => {
  await client.createIssuer({ id: 'sealed', type: 'aws', max_ttl: 900, data: DATA })
  await using database = await connected()
  const rows = await database.rows('select * from issuer')
  assert.equal(rows.length, 1)
  const everything = JSON.stringify(rows, (_, value: unknown) =>
    Buffer.isBuffer(value) ? value.toString('latin1') : value,
  )
  for (const secret of [SECRET, DATA.access_key_id]) assert.ok(!everything.includes(secret))
  const trail = JSON.stringify(await database.rows('select events from audit'))
  assert.ok(!trail.includes('CANARY'))
  assert.ok(!node.log.join('\n').includes('CANARY'))
  await client.deleteIssuer('sealed')
})

test('an export has issuers, whose secrets open where they are put back', async () => {
  await client.createIssuer({ id: 'kept', type: 'aws', max_ttl: 900, data: DATA })
  const { environment, folder } = installation
  const exported = await admin(environment, ['export', '-o', folder, '-l', 'issuers'])
  assert.equal(exported.exitCode, 0, exported.stderr)
  await using fresh = await startInstallation()
  const again = {
    ...fresh.environment,
    STRONGROOM_MASTER_KEY: environment['STRONGROOM_MASTER_KEY'] ?? '',
  }
  const restored = await admin(again, ['restore', exported.stdout.trim()])
  assert.equal(restored.exitCode, 0, restored.stderr)
  const restoredClient = clientOf(await fresh.start({ ...again, ...ON }), node.adminKey)
  assert.deepEqual(await restoredClient.issuer('kept'), await client.issuer('kept'))
  restoredClient.close()
  await client.deleteIssuer('kept')
})

test('a server without the feature has no issuers', async () => {
  const plain = clientOf(await installation.start(), node.adminKey)
  await assert.rejects(plain.issuers(), { code: 'not_found' })
  plain.close()
})

/** The database itself, as whoever stole it sees it. */
async function connected(): Promise<
  AsyncDisposable & { readonly rows: (statement: string) => Promise<readonly unknown[]> }
> {
  const database = new Database(installation.environment['STRONGROOM_DATABASE_URL'])
  await database.connect()
  return {
    rows: async (statement) => (await database.query<Record<string, unknown>>(statement)).rows,
    [Symbol.asyncDispose]: () => database.end(),
  }
}
