import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { generateMasterKey, parseMasterKey } from '#crypto/master-key.ts'
import { admin } from './admin-program.ts'
import type { AdminRun } from './admin-program.ts'
import { startDatabase, temporaryFolder } from './database.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

let installation: Installation
let node: TestNode

before(async () => {
  installation = await startInstallation()
  node = await installation.start()
})
after(() => installation[Symbol.asyncDispose]())

const run = (argv: readonly string[], input?: string): Promise<AdminRun> =>
  admin(installation.environment, argv, input)

const PASSWORD = 'Correct-Horse-77'

test('account create says what conjurctl says, and the key logs in', async () => {
  const made = await run(['account', 'create', 'made'])
  assert.deepEqual([made.exitCode, made.stderr], [0, "Created new account 'made'\n"])
  const match =
    /^Token-Signing Public Key: -----BEGIN PUBLIC KEY-----\n[^-]+-----END PUBLIC KEY-----\nAPI key for admin: (\w+)\n$/.exec(
      made.stdout,
    )
  await node.tokenFor('admin', match?.[1] ?? '', 'made')
})

test('an account that exists is refused as conjurctl refuses it', async () => {
  const again = await run(['account', 'create', '--name', 'acme'])
  assert.deepEqual(again, { exitCode: 1, stdout: '', stderr: "Account 'acme' already exists\n" })
})

test('account create takes a password from the input, and refuses a weak one', async () => {
  const made = await run(
    ['account', 'create', 'with-password', '--password-from-stdin'],
    `${PASSWORD}\n`,
  )
  assert.match(made.stdout, /\nPassword is set\n$/)
  assert.doesNotMatch(made.stdout, /API key/)
  assert.equal(await node.login('admin', PASSWORD, 'with-password'), 200)
  const weak = await run(['account', 'create', 'weak', '--password-from-stdin'], 'canary\n')
  assert.notEqual(weak.exitCode, 0)
  assert.match(weak.stderr, /CONJ00046E/)
  assert.doesNotMatch(weak.stderr, /canary/)
  assert.doesNotMatch((await run(['account', 'list'])).stdout, /weak/)
})

test('account delete and list see what the running server sees', async () => {
  await run(['account', 'create', 'short-lived'])
  assert.match((await run(['account', 'list'])).stdout, /^short-lived$/m)
  const gone = await run(['account', 'delete', 'short-lived'])
  assert.deepEqual([gone.exitCode, gone.stderr], [0, "Deleted account 'short-lived'\n"])
  const again = await run(['account', 'delete', 'short-lived'])
  assert.deepEqual([again.exitCode, again.stderr], [1, "Account 'short-lived' not found\n"])
  assert.equal((await run(['account', 'delete', '!'])).exitCode, 1)
})

test('policy load replaces the root policy, prints the new roles and sets the password of the environment', async () => {
  await run(['account', 'create', 'shop'])
  const file = join(installation.folder, 'root.yml')
  await writeFile(file, '- !user bob\n- !variable v\n')
  const environment = { ...installation.environment, CONJUR_ADMIN_PASSWORD: PASSWORD }
  const loaded = await admin(environment, ['policy', 'load', 'shop', file])
  assert.equal(loaded.exitCode, 0, loaded.stderr)
  assert.match(loaded.stderr, /^Loaded policy in [\d.]+ seconds$/m)
  const created: unknown = JSON.parse(loaded.stdout)
  assert.deepEqual(Object.keys(created ?? {}), ['shop:user:bob'])
  assert.equal(await node.login('admin', PASSWORD, 'shop'), 200)
  await writeFile(file, '- !user bob\n- !nonsense x\n')
  const wrong = await run(['policy', 'load', 'shop', file])
  assert.equal(wrong.exitCode, 8)
  assert.match(wrong.stderr, /line 2/)
  assert.equal((await run(['policy', 'load', 'no-such', file])).exitCode, 6)
  assert.equal((await run(['policy', 'load', 'shop', '/no/such/file'])).exitCode, 2)
})

test('policy load gives the users that it creates the passwords of the environment, and refuses weak ones before it loads', async () => {
  await run(['account', 'create', 'with-users'])
  const file = join(installation.folder, 'users.yml')
  await writeFile(file, '- !user ann\n- !policy\n  id: dev\n  body: [ !user ben ]\n')
  const load = (environment: Readonly<Record<string, string>>): Promise<AdminRun> =>
    admin({ ...installation.environment, ...environment }, ['policy', 'load', 'with-users', file])
  const weak = await load({ CONJUR_PASSWORD_ANN: PASSWORD, CONJUR_PASSWORD_BEN_DEV: 'canary' })
  assert.notEqual(weak.exitCode, 0)
  assert.match(weak.stderr, /CONJUR_PASSWORD_BEN_DEV: CONJ00046E/)
  assert.doesNotMatch(weak.stderr, /canary/)
  assert.equal(await node.login('ann', PASSWORD, 'with-users'), 401)

  const loaded = await load({ CONJUR_PASSWORD_ANN: PASSWORD, CONJUR_PASSWORD_BEN_DEV: PASSWORD })
  assert.match(loaded.stderr, /^Setting password for 'with-users:user:ann'$/m)
  assert.equal(await node.login('ann', PASSWORD, 'with-users'), 200)
  assert.equal(await node.login('ben@dev', PASSWORD, 'with-users'), 200)
  const again = await load({ CONJUR_PASSWORD_ANN: 'Another-Horse-99' })
  assert.doesNotMatch(again.stderr, /Setting password/)
  assert.equal(await node.login('ann', PASSWORD, 'with-users'), 200)
})

test('a password of the administrator that is there already ends no token of theirs', async () => {
  await run(['account', 'create', 'stays'])
  const file = join(installation.folder, 'stays.yml')
  await writeFile(file, '- !variable v\n')
  const environment = { ...installation.environment, CONJUR_ADMIN_PASSWORD: PASSWORD }
  const load = (): Promise<AdminRun> => admin(environment, ['policy', 'load', 'stays', file])
  assert.match((await load()).stderr, /Setting password for 'stays:user:admin'/)
  const key = await run(['role', 'rotate-key', 'stays:user:admin'])
  const token = await node.tokenFor('admin', key.stdout.trim(), 'stays')
  assert.doesNotMatch((await load()).stderr, /Setting password/)
  assert.equal((await node.as(token, { method: 'GET', path: '/whoami' })).status, 200)
})

test('keys cannot be shown, but made anew; the old ones and their tokens end at once', async () => {
  const made = await run(['account', 'create', 'keys'])
  const key = /admin: (\w+)/.exec(made.stdout)?.[1] ?? ''
  const token = await node.tokenFor('admin', key, 'keys')
  const shown = await run(['role', 'retrieve-key', 'keys:user:admin'])
  assert.deepEqual([shown.exitCode, shown.stdout], [1, ''])
  assert.match(shown.stderr, /^key retrieval failed: .*\n.*rotate-key keys:user:admin/)
  const rotated = await run(['role', 'rotate-key', 'keys:user:admin'])
  assert.equal((await node.as(token, { method: 'GET', path: '/whoami' })).status, 401)
  assert.equal(await node.login('admin', key, 'keys'), 401)
  await node.tokenFor('admin', rotated.stdout.trim(), 'keys')
})

test('a password is reset for users alone, with a new key', async () => {
  await run(['account', 'create', 'people'])
  const file = join(installation.folder, 'people.yml')
  await writeFile(file, '- !user ann\n- !host app\n')
  await run(['policy', 'load', 'people', file])
  const reset = await run(['role', 'reset-password', 'people:user:ann'], `${PASSWORD}\n`)
  assert.equal(await node.login('ann', PASSWORD, 'people'), 200)
  await node.tokenFor('ann', reset.stdout.trim(), 'people')
  const host = await run(['role', 'reset-password', 'people:host:app'], `${PASSWORD}\n`)
  assert.match(host.stderr, /only users have passwords/)
  const nobody = await run(['role', 'reset-password', 'people:user:nobody'], `${PASSWORD}\n`)
  assert.equal(nobody.exitCode, 6)
})

test('what an operator does is in the trail', async () => {
  const made = await run(['account', 'create', 'watched'])
  const key = /admin: (\w+)/.exec(made.stdout)?.[1] ?? ''
  await run(['role', 'unlock', 'watched:user:admin'])
  const token = await node.tokenFor('admin', key, 'watched')
  const trail = await node.as(token, { method: 'GET', path: '/audit/watched?role=user:admin' })
  assert.equal(trail.status, 200)
  const all = await node.as(token, { method: 'GET', path: '/audit/watched' })
  assert.match(all.body.toString(), /"operation":"unlock".*"user":"operator"/)
  assert.match(all.body.toString(), /"kind":"account","operation":"create".*"user":"operator"/)
})

test('data-key generate prints a master key', async () => {
  const { stdout } = await run(['data-key', 'generate'])
  assert.equal(parseMasterKey(stdout).length, 32)
})

test('db migrate brings the schema up to date, and its preview has nothing to show then', async () => {
  for (const argv of [
    ['db', 'migrate'],
    ['db', 'migrate', '--preview'],
  ]) {
    assert.deepEqual(await run(argv), {
      exitCode: 0,
      stdout: '',
      stderr: 'The schema is up to date\n',
    })
  }
})

test('the preview of a migration shows its SQL and makes nothing, not even the embedded database', async () => {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const preview = await admin({ STRONGROOM_DATA_DIR: dataDir }, ['db', 'migrate', '--preview'])
  assert.deepEqual([preview.exitCode, preview.stderr], [0, ''])
  assert.match(preview.stdout, /^-- schema 1\ncreate table account \(/)
  assert.match(preview.stdout, /^-- schema 2$/m)
  assert.equal(existsSync(dataDir), false)

  await using database = await startDatabase()
  const { host, user, database: name } = database.connection
  const url = `postgres://${user}@/${name}?host=${encodeURIComponent(host)}`
  const seen = await admin({ DATABASE_URL: url }, ['db', 'migrate', '--preview'])
  assert.equal(seen.stdout, preview.stdout)
  // What was printed is what runs: with it the schema is up to date, but for its own record.
  const client = new Client({ ...database.connection })
  await client.connect()
  const tables = await client.query("select to_regclass('schema_version') as found")
  assert.deepEqual(tables.rows, [{ found: null }])
  await client.query(seen.stdout)
  await client.end()
})

test('configuration show prints every setting with its source, in three forms, and no secret', async () => {
  const text = await run(['configuration', 'show'])
  assert.match(text.stdout, /^account: acme \(STRONGROOM_ACCOUNT\)$/m)
  assert.match(text.stdout, /^master-key: \(hidden\) \(STRONGROOM_MASTER_KEY\)$/m)
  const json = await run(['configuration', 'show', '-o', 'json'])
  const shown: unknown = JSON.parse(json.stdout)
  assert.ok(typeof shown === 'object' && shown !== null && 'port' in shown)
  assert.deepEqual(shown.port, { value: 0, source: 'STRONGROOM_PORT' })
  const yaml = await run(['configuration', 'show', '-o', 'yaml'])
  assert.match(yaml.stdout, /^log-level:\n {2}value: info\n {2}source: default$/m)
  for (const { stdout } of [text, json, yaml]) {
    assert.ok(!stdout.includes(installation.environment['STRONGROOM_MASTER_KEY'] ?? 'x'))
  }
  assert.equal((await run(['configuration', 'show', '-o', 'xml'])).exitCode, 2)
})

test('conjurctl configuration show has the names and the standard values of a Conjur server', async () => {
  const environment = { TRUSTED_PROXIES: '10.0.0.0/8,::1' }
  const asConjurctl = { name: 'conjurctl' } as const
  const { stdout } = await admin(
    environment,
    ['configuration', 'show', '--output', 'json'],
    '',
    asConjurctl,
  )
  const shown: unknown = JSON.parse(stdout)
  assert.ok(typeof shown === 'object' && shown !== null)
  assert.ok('trusted_proxies' in shown && 'authenticators' in shown && 'port' in shown)
  assert.ok('telemetry_enabled' in shown && 'bind-address' in shown && 'tls' in shown)
  assert.deepEqual(shown.trusted_proxies, {
    value: ['10.0.0.0/8', '::1'],
    source: 'TRUSTED_PROXIES',
  })
  assert.deepEqual(shown.authenticators, { value: ['authn'], source: 'default' })
  assert.deepEqual(shown.telemetry_enabled, { value: false, source: 'default' })
  assert.deepEqual(shown.port, { value: 80, source: 'default' })
  assert.deepEqual(shown['bind-address'], { value: '0.0.0.0', source: 'default' })
  assert.deepEqual(shown.tls, { value: false, source: 'default' })
})

test('configuration apply checks the settings, and says when there is no server', async () => {
  const valid = await run(['configuration', 'apply', '--test'])
  assert.deepEqual(valid, {
    exitCode: 0,
    stdout: 'Configuration is valid. Server will not be restarted in test mode.\n',
    stderr: '',
  })
  const wrong = { ...installation.environment, STRONGROOM_LOG_LEVEL: 'loud' }
  for (const argv of [
    ['configuration', 'apply', '--test'],
    ['configuration', 'apply'],
  ]) {
    const refused = await admin(wrong, argv)
    assert.deepEqual([refused.exitCode, refused.stdout], [3, ''])
    assert.match(refused.stderr, /STRONGROOM_LOG_LEVEL is not one of/)
  }
  await using folder = await temporaryFolder()
  const none = await admin({ STRONGROOM_DATA_DIR: folder.path }, ['configuration', 'apply'])
  assert.deepEqual(none, {
    exitCode: 1,
    stdout: '',
    stderr: 'Conjur is not currently running, please start it with conjurctl server.\n',
  })
})

test('wait ends when the server answers, and with 1 when it never does', async () => {
  const { port } = new URL(node.url)
  const ready = await run(['wait', '-p', port, '-r', '3'])
  assert.deepEqual(
    [ready.exitCode, ready.stdout],
    [0, 'Waiting for Conjur to be ready...\n Conjur is ready!\n'],
  )
  assert.deepEqual(await run(['wait', '-p', '1', '-r', '1']), {
    exitCode: 1,
    stdout: 'Waiting for Conjur to be ready...\n.\n',
    stderr: ' Conjur is not ready after 1 seconds\n',
  })
  assert.equal((await run(['wait', '-p', 'x'])).exitCode, 2)
})

test('a command beside a database of its own needs the master key of its server, and makes no other one', async () => {
  const { STRONGROOM_MASTER_KEY: _key, ...environment } = installation.environment
  await using folder = await temporaryFolder()
  const own = { ...environment, STRONGROOM_DATA_DIR: folder.path }
  const keyless = await admin(own, ['account', 'list'])
  assert.equal(keyless.exitCode, 3)
  assert.match(keyless.stderr, /the master key is missing: .*\n.*STRONGROOM_MASTER_KEY/)
  assert.equal(existsSync(join(folder.path, 'master.key')), false)
  const other = { ...installation.environment, STRONGROOM_MASTER_KEY: generateMasterKey() }
  const wrong = await admin(other, ['account', 'list'])
  assert.notEqual(wrong.exitCode, 0)
  assert.doesNotMatch(wrong.stderr, /internal error/)
})

test('an unknown command is a mistake in usage, and help is none', async () => {
  assert.equal((await run(['nonsense'])).exitCode, 2)
  assert.equal((await run([])).exitCode, 2)
  assert.equal((await run(['--help'])).exitCode, 0)
  assert.match((await run(['--version'])).stdout, /^strongroom \d/)
})
