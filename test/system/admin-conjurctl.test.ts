import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseServerUrl } from '#client/server-address.ts'
import { openTransport } from '#client/transport.ts'
import { startServerProcess } from '../../scripts/server-process.ts'
import { temporaryFolder } from './database.ts'
import { eventually } from './processes.ts'
import { transcriptOf } from './program.ts'
import type { Transcript } from './program.ts'
import { endDatabase } from './server-home.ts'

const CONJURCTL = fileURLToPath(new URL('../../bin/conjurctl.js', import.meta.url))
const PASSWORD = 'Correct-Horse-77'

/** Starts conjurctl with nothing in the environment but what is given. */
const spawnConjurctl = (
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess =>
  spawn(process.execPath, [CONJURCTL, ...argv], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: 'pipe',
  })

const conjurctl = (
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Transcript> => transcriptOf(spawnConjurctl(argv, environment), input)

/** A `conjurctl server` that serves. */
interface Served extends AsyncDisposable {
  readonly url: string
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
  login(account: string, secret: string): Promise<number>
  stop(): Promise<number | null>
}

async function serve(
  dataDir: string,
  argv: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const child = spawnConjurctl(
    ['server', '--data-dir', dataDir, '-p', '0', '-b', '127.0.0.1', ...argv],
    environment,
  )
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes')
  stdin.end(input)
  const [out, err]: [string[], string[]] = [[], []]
  createInterface({ input: stdout }).on('line', (line) => out.push(line))
  const said = createInterface({ input: stderr }).on('line', (line) => err.push(line))
  const closed = once(child, 'close')
  const url = await eventually('the server is ready', 30_000, () => {
    if (child.exitCode !== null)
      throw new Error(`it ended with ${child.exitCode}: ${err.join('\n')}`)
    return err.map((line) => /"message":"ready","url":"([^"]+)"/.exec(line)?.[1]).find(Boolean)
  })
  said.resume()
  const transport = openTransport({ address: parseServerUrl(url), timeoutMs: 30_000 })
  const stop = async (): Promise<number | null> => {
    transport.close()
    if (child.exitCode === null) child.kill('SIGTERM')
    await closed
    return child.exitCode
  }
  return {
    url,
    stdout: out,
    stderr: err,
    async login(account, secret) {
      const credentials = Buffer.from(`admin:${secret}`).toString('base64')
      const headers = { Authorization: `Basic ${credentials}` }
      return (await transport.send({ method: 'GET', path: `/authn/${account}/login`, headers }))
        .status
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await endDatabase(dataDir)
    },
  }
}

describe('conjurctl', { concurrency: true }, () => {
  test('it works on the embedded database, whether its server runs or not', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const run = (...argv: readonly string[]): Promise<Transcript> =>
      conjurctl(['--data-dir', dataDir, ...argv])
    const first = await run('account', 'create', 'first')
    assert.equal(first.exitCode, 0, first.stderr)
    const server = await startServerProcess({ dataDir })
    try {
      const second = await run('account', 'create', 'second')
      assert.equal(second.exitCode, 0, second.stderr)
      assert.equal((await run('account', 'list')).stdout, 'first\nsecond\n')
      const wait = await run('wait', '-p', new URL(server.url).port, '-r', '3')
      assert.match(wait.stdout, /Conjur is ready!/)
    } finally {
      await server.stop()
    }
    assert.equal((await run('account', 'list')).stdout, 'first\nsecond\n')
  })

  test('commands without a server take turns on the embedded database, and a server waits for them', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const create = (name: string): Promise<Transcript> =>
      conjurctl(['--data-dir', dataDir, 'account', 'create', name])
    for (const { exitCode, stderr } of await Promise.all(['a', 'b', 'c'].map(create))) {
      assert.equal(exitCode, 0, stderr)
    }
    const last = create('d')
    const server = await startServerProcess({ dataDir })
    try {
      const { exitCode, stderr } = await last
      assert.equal(exitCode, 0, stderr)
      const { stdout } = await conjurctl(['--data-dir', dataDir, 'account', 'list'])
      assert.deepEqual(
        ['a', 'b', 'c', 'd'].filter((name) => stdout.split('\n').includes(name)),
        ['a', 'b', 'c', 'd'],
      )
    } finally {
      await server.stop()
    }
  })

  test('a data folder that may not be written is refused by its name', async () => {
    const { exitCode, stderr } = await conjurctl([
      '--data-dir',
      '/dev/null/data',
      'account',
      'list',
    ])
    assert.notEqual(exitCode, 0)
    assert.match(stderr, /\/dev\/null/)
    assert.doesNotMatch(stderr, /internal error/)
  })

  test('a command of another user is refused by the name of the folder, and harms nothing', async (t) => {
    if (process.getuid?.() !== 0) {
      t.skip('only root may run a command as another user')
      return
    }
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const server = await startServerProcess({ dataDir })
    try {
      const nobody = { uid: 65_534, gid: 65_534 }
      const child = spawn(process.execPath, [CONJURCTL, '--data-dir', dataDir, 'account', 'list'], {
        env: { PATH: process.env['PATH'] ?? '' },
        stdio: 'pipe',
        ...nobody,
      })
      const { exitCode, stderr } = await transcriptOf(child)
      assert.equal(exitCode, 3)
      assert.match(stderr, /the data directory .*data cannot be written\n {2}check whose it is/)
    } finally {
      assert.equal(await server.stop(), 0)
    }
  })

  test('server takes the flags of conjurctl, and refuses those that do not go together', async () => {
    await using folder = await temporaryFolder()
    const at = ['--data-dir', folder.path]
    const port = await conjurctl(['server', '-a', 'acme', '-p', 'x', ...at])
    assert.equal(port.exitCode, 3)
    assert.match(port.stderr, /--port is not a whole number/)
    const password = await conjurctl(['server', '--password-from-stdin', ...at], {}, PASSWORD)
    assert.equal(password.exitCode, 2)
    assert.match(password.stderr, /account is required with password-from-stdin flag/)
    const policy = await conjurctl(['server', '-f', 'root.yml', ...at])
    assert.match(policy.stderr, /account option is required with file option/)
    const missing = await conjurctl(['server', '-a', 'acme', '-f', '/no/such.yml', ...at])
    assert.match(missing.stderr, /cannot read `\/no\/such\.yml`/)
    const unknown = await conjurctl(['server', '--nonsense', ...at])
    assert.deepEqual([unknown.exitCode, /nonsense/.test(unknown.stderr)], [2, true])
    const help = await conjurctl(['server', '--help'])
    assert.deepEqual([help.exitCode, help.stderr], [0, ''])
    assert.match(help.stdout, /--no-authn-local/)
  })

  test('server creates the account with password and policy, and a restart changes nothing', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const file = join(folder.path, 'root.yml')
    await writeFile(file, '- !user ann\n')
    const argv = ['--account', 'acme', '--password-from-stdin', '--file', file, '--no-rotation']
    const environment = { CONJUR_PASSWORD_ANN: PASSWORD }
    await using first = await serve(dataDir, argv, `${PASSWORD}\n`, environment)
    assert.match(first.url, /^http:\/\/127\.0\.0\.1:/)
    assert.match(first.stdout[0] ?? '', /^Conjur v\S+ starting up\.\.\.$/)
    assert.match(first.stdout[1] ?? '', /^Token-Signing Public Key: -----BEGIN PUBLIC KEY-----$/)
    assert.ok(first.stdout.includes('Password is set'))
    assert.match(first.stdout.join('\n'), /"acme:user:ann": \{/)
    assert.ok(first.stderr.includes("Created new account 'acme'"))
    assert.ok(first.stderr.includes("Setting password for 'acme:user:ann'"))
    assert.equal(await first.login('acme', PASSWORD), 200)
    assert.equal(await first.stop(), 0)

    // The policy is what the account begins with: a restart does not undo what was loaded since.
    await writeFile(file, '- !user ben\n')
    await using second = await serve(dataDir, argv, 'Another-Horse-99\n')
    assert.ok(second.stderr.includes("Account 'acme' already exists"))
    assert.ok(second.stderr.includes("Account 'acme' has its policy already"))
    assert.equal(await second.login('acme', PASSWORD), 200)
    const { stdout } = await conjurctl(['--data-dir', dataDir, 'account', 'list'])
    assert.equal(stdout, 'acme\n')
  })

  test('a start whose policy is wrong fails, and the next one loads it', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const file = join(folder.path, 'root.yml')
    await writeFile(file, '- !user ann\n- !nonsense x\n')
    const wrong = await conjurctl([
      'server',
      '--data-dir',
      dataDir,
      '-p',
      '0',
      '-b',
      '127.0.0.1',
      '-a',
      'acme',
      '-f',
      file,
    ])
    assert.equal(wrong.exitCode, 8)
    assert.match(wrong.stderr, /line 2/)
    await writeFile(file, '- !user ann\n')
    await using served = await serve(dataDir, ['-a', 'acme', '-f', file])
    assert.match(served.stdout.join('\n'), /"acme:user:ann": \{/)
  })

  test('server without an account creates none; the key of one that it creates is in a file and can be retrieved (attack `argv/env`)', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const run = (...argv: readonly string[]): Promise<Transcript> =>
      conjurctl(['--data-dir', dataDir, ...argv])
    const none = await serve(dataDir, [])
    assert.equal((await run('account', 'list')).stdout, '')
    await none.stop()

    await using served = await serve(dataDir, ['-a', 'acme', '--no-authn-local'])
    const key = (await readFile(join(dataDir, 'admin-api-key'), 'utf8')).trim()
    assert.ok(![...served.stdout, ...served.stderr].some((line) => line.includes(key)))
    assert.equal(await served.login('acme', key), 200)
    const retrieved = await run('role', 'retrieve-key', 'acme:user:admin')
    assert.deepEqual([retrieved.exitCode, retrieved.stdout], [0, `${key}\n`])
    const rotated = await run('role', 'rotate-key', 'acme:user:admin')
    assert.equal(rotated.exitCode, 0)
    const gone = await run('role', 'retrieve-key', 'acme:user:admin')
    assert.deepEqual([gone.exitCode, gone.stdout], [1, ''])
  })

  test('server --no-migrate needs a schema that is up to date', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const argv = ['server', '--data-dir', dataDir, '-p', '0', '-b', '127.0.0.1', '--no-migrate']
    const early = await conjurctl(argv)
    assert.equal(early.exitCode, 3)
    assert.match(
      early.stderr,
      /the database has schema 0, and this program needs \d+\n.*db migrate/,
    )
    assert.equal((await conjurctl(['--data-dir', dataDir, 'db', 'migrate'])).exitCode, 0)
    await using served = await serve(dataDir, ['--no-migrate'])
    assert.equal(await served.stop(), 0)
  })

  test('export takes the flag as conjurctl spells it', async () => {
    await using folder = await temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const run = (...argv: readonly string[]): Promise<Transcript> =>
      conjurctl(['--data-dir', dataDir, ...argv])
    await run('account', 'create', 'acme')
    const exported = await run('export', '--out_dir', folder.path, '-l', 'copy')
    assert.deepEqual(
      [exported.exitCode, exported.stdout],
      [0, `${join(folder.path, 'copy.strongroom')}\n`],
    )
  })
})
