import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseMasterKey } from '#crypto/master-key.ts'
import { startServerProcess } from '../../scripts/server-process.ts'
import { admin } from './admin-program.ts'
import type { AdminRun } from './admin-program.ts'
import { temporaryFolder } from './database.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'
import { transcriptOf } from './program.ts'

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

test('keys cannot be shown, but made anew; the old ones and their tokens end at once', async () => {
  const made = await run(['account', 'create', 'keys'])
  const key = /admin: (\w+)/.exec(made.stdout)?.[1] ?? ''
  const token = await node.tokenFor('admin', key, 'keys')
  const shown = await run(['role', 'retrieve-key', 'keys:user:admin'])
  assert.equal(shown.exitCode, 2)
  assert.match(shown.stderr, /digests only\n.*rotate-key keys:user:admin/)
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

test('db migrate brings the schema up to date', async () => {
  assert.deepEqual(await run(['db', 'migrate']), {
    exitCode: 0,
    stdout: '',
    stderr: 'The schema is up to date\n',
  })
})

test('configuration show prints every setting with its source, in three forms, and no secret', async () => {
  const text = await run(['configuration', 'show'])
  assert.match(text.stdout, /^account: acme \(STRONGROOM_ACCOUNT\)$/m)
  assert.match(text.stdout, /^master-key: \(hidden\) \(STRONGROOM_MASTER_KEY\)$/m)
  const json = await run(['configuration', 'show', '-o', 'json'])
  const shown: unknown = JSON.parse(json.stdout)
  assert.ok(typeof shown === 'object' && shown !== null && 'port' in shown)
  assert.deepEqual(shown.port, { value: '0', source: 'STRONGROOM_PORT' })
  const yaml = await run(['configuration', 'show', '-o', 'yaml'])
  assert.match(yaml.stdout, /^log-level:\n {2}value: info\n {2}source: default$/m)
  for (const { stdout } of [text, json, yaml]) {
    assert.ok(!stdout.includes(installation.environment['STRONGROOM_MASTER_KEY'] ?? 'x'))
  }
})

test('wait ends when the server answers, and with 1 when it never does', async () => {
  const { port } = new URL(node.url)
  const ready = await run(['wait', '-p', port, '-r', '3'])
  assert.deepEqual(
    [ready.exitCode, ready.stdout],
    [0, 'Waiting for Conjur to be ready... Conjur is ready!\n'],
  )
  assert.equal((await run(['wait', '-p', '1', '-r', '1'])).exitCode, 1)
  assert.equal((await run(['wait', '-p', 'x'])).exitCode, 2)
})

test('an unknown command is a mistake in usage, and help is none', async () => {
  assert.equal((await run(['nonsense'])).exitCode, 2)
  assert.equal((await run([])).exitCode, 2)
  assert.equal((await run(['--help'])).exitCode, 0)
  assert.match((await run(['--version'])).stdout, /^strongroom \d/)
})

const BIN = fileURLToPath(new URL('../../bin', import.meta.url))

test('conjurctl works on the embedded database, whether its server runs or not', async () => {
  await using folder = await temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const conjurctl = (...argv: readonly string[]): ReturnType<typeof transcriptOf> =>
    transcriptOf(
      spawn(process.execPath, [join(BIN, 'conjurctl.js'), '--data-dir', dataDir, ...argv], {
        env: { PATH: process.env['PATH'] ?? '' },
        stdio: 'pipe',
      }),
    )
  const first = await conjurctl('account', 'create', 'first')
  assert.equal(first.exitCode, 0, first.stderr)
  const server = await startServerProcess({ dataDir })
  try {
    const second = await conjurctl('account', 'create', 'second')
    assert.equal(second.exitCode, 0, second.stderr)
    assert.equal((await conjurctl('account', 'list')).stdout, 'first\nsecond\n')
    const wait = await conjurctl('wait', '-p', new URL(server.url).port, '-r', '3')
    assert.match(wait.stdout, /Conjur is ready!/)
  } finally {
    await server.stop()
  }
  assert.equal((await conjurctl('account', 'list')).stdout, 'first\nsecond\n')
})

test('conjurctl server takes the flags of conjurctl', async () => {
  await using folder = await temporaryFolder()
  const child = spawn(
    process.execPath,
    [join(BIN, 'conjurctl.js'), 'server', '-a', 'acme', '-p', 'x', '--data-dir', folder.path],
    { env: { PATH: process.env['PATH'] ?? '' }, stdio: 'pipe' },
  )
  const ended = await transcriptOf(child)
  assert.equal(ended.exitCode, 3)
  assert.match(ended.stderr, /--port is not a whole number/)
})
