import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { admin } from './admin-program.ts'
import type { AdminRun } from './admin-program.ts'
import {
  BINARY,
  CREATED_AT,
  FACTORY_TOKEN,
  makeConjurDatabase,
  ODD_TEXT,
  ROTATED_AT,
} from './conjur-database.ts'
import type { ConjurDatabase } from './conjur-database.ts'
import { startDatabase, temporaryFolder } from './database.ts'
import type { TestDatabase } from './database.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

let old: TestDatabase
let conjur: ConjurDatabase
let installation: Installation
let node: TestNode

before(async () => {
  old = await startDatabase()
  conjur = await makeConjurDatabase(old.connection)
  installation = await startInstallation()
  node = await installation.start()
})
after(async () => {
  await installation[Symbol.asyncDispose]()
  await old[Symbol.asyncDispose]()
})

function runImport(
  more: Readonly<Record<string, string>> = {},
  argv: readonly string[] = [],
): Promise<AdminRun> {
  const { host, user, database } = old.connection
  const environment = {
    ...installation.environment,
    STRONGROOM_IMPORT_DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`,
    STRONGROOM_IMPORT_DATA_KEY: conjur.dataKey,
    ...more,
  }
  return admin(environment, ['import', ...argv])
}

async function changeOld(text: string, values: readonly unknown[]): Promise<void> {
  const client = new Client({ ...old.connection })
  await client.connect()
  await client.query(text, [...values])
  await client.end()
}

test('the wrong data key is found before anything is made, here or there', async () => {
  const wrong = randomBytes(32).toString('base64')
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const { host, user, database } = old.connection
  const run = await admin(
    {
      STRONGROOM_DATA_DIR: dataDir,
      STRONGROOM_IMPORT_DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`,
      STRONGROOM_IMPORT_DATA_KEY: wrong,
    },
    ['import'],
  )
  assert.equal(run.exitCode, 3)
  assert.match(
    run.stderr,
    /data key is not that of the Conjur server.*signing key of account `old`/,
  )
  assert.ok(!run.stderr.includes(wrong))
  assert.equal(existsSync(dataDir), false)
})

test('a check says what can be taken over, and takes nothing', async () => {
  const run = await runImport({}, ['--check'])
  assert.deepEqual(run, {
    exitCode: 0,
    stdout: "Account 'old' can be taken over\n",
    stderr: '',
  })
  assert.doesNotMatch((await admin(installation.environment, ['account', 'list'])).stdout, /^old$/m)
})

test('a secret that does not open takes nothing of its account over', async () => {
  const id = 'old:variable:shop/binary'
  await changeOld('insert into secrets (resource_id, version, value) values ($1, 2, $2)', [id, 'x'])
  const run = await runImport()
  assert.match(run.stderr, /`old:variable:shop\/binary` does not open/)
  assert.doesNotMatch((await admin(installation.environment, ['account', 'list'])).stdout, /^old$/m)
  await changeOld('delete from secrets where resource_id = $1 and version = 2', [id])
})

test('an account is taken over, and what is left to do is said', async () => {
  const run = await runImport()
  assert.equal(run.exitCode, 0, run.stderr)
  assert.deepEqual(run.stdout.trimEnd().split('\n'), [
    "Imported account 'old': 9 roles, 15 resources, 2 annotations, 4 secret versions, 2 policy versions, 2 API keys, 1 host factory tokens",
    '  password to be set anew, as its hash is not checked here: strongroom admin role reset-password old:user:admin',
    '  left behind: 1 API keys that have expired',
    '  left behind: 1 host factory tokens that have expired',
    '  left behind: 1 issuers, to be made anew',
    '  left behind: 2 memberships and permissions of roles of other accounts, to be granted anew',
    '  owned by a role of another account, now by the administrator: old:variable:shop/foreign',
    '  authenticator that this version does not have: authn-telepathy/mind',
  ])
})

test('`kind-confusion`: what a role of another account had is nothing that a namesake finds', async () => {
  const manager = await node.tokenFor('admin', conjur.apiKeys.admin, 'old')
  const show = async (path: string): Promise<string> =>
    (await node.as(manager, { method: 'GET', path })).body.toString()
  assert.doesNotMatch(await show('/resources/old/variable/shop%2Fdb'), /mallory/)
  assert.doesNotMatch(await show('/roles/old/group/shop%2Freaders?members'), /mallory/)
  assert.match(await show('/resources/old/variable/shop%2Fforeign'), /"owner":"old:user:admin"/)
})

/** The database of an installation, as one connects to it. */
function databaseOf({ environment }: Installation): {
  readonly host: string
  readonly user: string
  readonly database: string
} {
  const url = new URL((environment['STRONGROOM_DATABASE_URL'] ?? '').replace('@/', '@localhost/'))
  return {
    host: url.searchParams.get('host') ?? '',
    user: url.username,
    database: url.pathname.slice(1),
  }
}

test('times are what they were: of creation, and of the last rotation', async () => {
  const manager = await node.tokenFor('admin', conjur.apiKeys.admin, 'old')
  for (const path of ['/resources/old/variable/shop%2Fdb', '/roles/old/host/shop%2Fapp']) {
    const shown: unknown = jsonOf(await node.as(manager, { method: 'GET', path }))
    assert.ok(typeof shown === 'object' && shown !== null && 'created_at' in shown)
    assert.equal(new Date(String(shown.created_at)).toISOString(), CREATED_AT)
  }
  const { host, user, database } = databaseOf(installation)
  const client = new Client({ host, user, database })
  await client.connect()
  const { rows } = await client.query<{ rotated: Date }>(
    "select rotated_at as rotated from credential where role = 'old:host:shop/app'",
  )
  await client.end()
  assert.equal(rows[0]?.rotated.toISOString(), ROTATED_AT)
})

const read = async (path: string, token: string): Promise<readonly [number, Buffer]> => {
  const answer = await node.as(token, { method: 'GET', path })
  return [answer.status, answer.body]
}

test('the old API key logs in and reads the old secrets, all versions, byte for byte', async () => {
  const token = await node.tokenFor('host/shop/app', conjur.apiKeys.app, 'old')
  const db = '/secrets/old/variable/shop%2Fdb'
  const answer = await node.as(token, { method: 'GET', path: db })
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'value 9'])
  assert.equal(answer.headers['content-type'], 'text/x-old')
  const older = await read(`${db}?version=7`, token)
  assert.deepEqual([older[0], older[1].toString()], [200, 'value 7'])
  assert.equal((await read(`${db}?version=1`, token))[0], 404)
  assert.equal((await read('/secrets/old/variable/shop%2Fbinary', token))[0], 404)

  const manager = await node.tokenFor('admin', conjur.apiKeys.admin, 'old')
  assert.deepEqual(await read('/secrets/old/variable/shop%2Fbinary', manager), [200, BINARY])
  const next = { method: 'POST', path: db, body: 'value 10' } as const
  assert.equal((await node.as(manager, next)).status, 201)
  assert.equal((await read(`${db}?version=10`, manager))[0], 200)
})

test('resources are what they were: owner, policy, permissions, annotations, expiry, restriction, policy versions', async () => {
  const manager = await node.tokenFor('admin', conjur.apiKeys.admin, 'old')
  const show = async (path: string): Promise<Record<string, unknown>> => {
    const shown = jsonOf(await node.as(manager, { method: 'GET', path }))
    assert.ok(typeof shown === 'object' && shown !== null)
    return { ...shown }
  }
  const variable = await show('/resources/old/variable/shop%2Fdb')
  assert.equal(variable['owner'], 'old:policy:shop')
  assert.equal(variable['policy'], 'old:policy:root')
  const group = 'old:group:shop/readers'
  assert.deepEqual(variable['permissions'], [
    { privilege: 'execute', role: group, policy: 'old:policy:root' },
    { privilege: 'read', role: group, policy: 'old:policy:root' },
  ])
  assert.deepEqual(variable['annotations'], [
    { name: 'conjur/mime_type', value: 'text/x-old', policy: 'old:policy:root' },
    { name: 'description', value: ODD_TEXT, policy: 'old:policy:root' },
  ])
  assert.match(JSON.stringify(variable['secrets']), /"version":7,"expires_at":"2031-01-01T00:00:00/)
  const host = await show('/resources/old/host/shop%2Fapp')
  assert.deepEqual(host['restricted_to'], ['127.0.0.0/8', '10.0.0.1/32'])
  const policy = await show('/resources/old/policy/root')
  assert.match(
    JSON.stringify(policy['policy_versions']),
    /"version":4,.*"policy_text":"- !variable x","policy_sha256":"[0-9a-f]{64}".*"client_ip":"192.0.2.7"/,
  )
})

test('a host factory token goes on making hosts, and an expired one does not', async () => {
  const make = (token: string): ReturnType<TestNode['send']> =>
    node.as(`Token token="${token}"`, {
      method: 'POST',
      path: '/host_factories/hosts',
      headers: { 'Content-Type': 'application/json' },
      body: '{"id":"made"}',
    })
  assert.equal((await make(FACTORY_TOKEN)).status, 201)
  assert.equal((await make('expired')).status, 401)
})

test('an authenticator that was enabled is enabled', async () => {
  const listed = jsonOf(await node.send({ method: 'GET', path: '/authenticators' }))
  assert.ok(typeof listed === 'object' && listed !== null && 'enabled' in listed)
  assert.deepEqual(listed.enabled, ['authn', 'authn-jwt/kube'])
})

test('a role that never had a key can be given one', async () => {
  const run = await admin(installation.environment, ['role', 'rotate-key', 'old:user:lazy'])
  await node.tokenFor('lazy', run.stdout.trim(), 'old')
})

test('policy goes on where it was', async () => {
  const manager = await node.tokenFor('admin', conjur.apiKeys.admin, 'old')
  const loaded = jsonOf(
    await node.as(manager, {
      method: 'POST',
      path: '/policies/old/policy/root',
      body: '- !variable fresh',
    }),
    201,
  )
  assert.deepEqual(loaded, { created_roles: {}, version: 5 })
})

test('an account that is there is passed over, so that an import can be run again', async () => {
  const all = await runImport()
  assert.deepEqual(all, {
    exitCode: 0,
    stdout: '',
    stderr: "Account 'old' already exists: passed over\n",
  })

  const again = await runImport({}, ['--account', 'old'])
  assert.equal(again.exitCode, 7)
  assert.match(again.stderr, /account "old" already exists/)
  assert.equal((await runImport({}, ['--account', 'nobody'])).exitCode, 6)
})

test('a database that is not that of a Conjur server is refused by name of what it lacks', async () => {
  const run = await runImport({
    STRONGROOM_IMPORT_DATABASE_URL: installation.environment['STRONGROOM_DATABASE_URL'] ?? '',
  })
  assert.match(run.stderr, /not that of a Conjur server\n.*slosilo_keystore/)
})

test('without a database or a data key the import says what it needs', async () => {
  const nowhere = await admin(installation.environment, ['import'])
  assert.match(nowhere.stderr, /STRONGROOM_IMPORT_DATA_KEY is not set/)
})
