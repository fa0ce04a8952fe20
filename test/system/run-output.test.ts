import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { endOf, programArguments, runProgram, startProgram } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const SECRET = 'Sup3r+Secret/"Value"'

async function shop(): Promise<StandIn> {
  const server = await startStandIn()
  server.secrets.set('acme:variable:db/password', Buffer.from(SECRET))
  return server
}

const FILE = ['--yaml', 'PASSWORD: !var db/password\nHOST: database']

test('`error-canary`: a masked command shows its values on neither stream, in no form', async () => {
  await using server = await shop()
  const script = `
    const { PASSWORD, HOST } = process.env
    console.log('plain', PASSWORD, HOST)
    console.log(JSON.stringify({ PASSWORD }))
    console.log(encodeURIComponent(PASSWORD))
    console.error(Buffer.from(PASSWORD).toString('hex'))
    console.error('Basic ' + Buffer.from('user:' + PASSWORD).toString('base64'))
    process.exitCode = 4`
  const command = [process.execPath, '-e', script]
  const { stdout, stderr, exitCode } = await runProgram(
    'run',
    ['--mask', ...FILE, ...command],
    server,
  )
  assert.equal(stdout, 'plain *** database\n{"PASSWORD":"***"}\n***\n')
  assert.match(stderr, /^\*\*\*\nBasic .{0,8}\*\*\*.{0,4}\n$/)
  assert.equal(exitCode, 4)
})

test('a value is masked when it comes in pieces, and other text comes at once', async () => {
  await using server = await shop()
  const script = `
    process.stdout.write('ask: Sup3r+')
    process.stdin.once('data', () => { process.stdout.write('Secret/"Value".\\n', () => process.exit()) })`
  const argv = ['--mask', ...FILE, process.execPath, '-e', script]
  const runner = startProgram('run', argv, server)
  const pieces: string[] = []
  runner.stdout?.on('data', (chunk: Buffer) => {
    pieces.push(chunk.toString())
    if (pieces.join('') === 'ask: ') runner.stdin?.write('go\n')
  })
  assert.equal((await endOf(runner)).exitCode, 0)
  assert.equal(pieces.join(''), 'ask: ***.\n')
})

test('a value that is too short to be masked is named', async () => {
  await using server = await shop()
  server.secrets.set('acme:variable:db/password', Buffer.from('abc'))
  const { stdout, stderr } = await runProgram(
    'run',
    ['--mask', ...FILE, 'sh', '-c', 'echo $PASSWORD'],
    server,
  )
  assert.equal(stderr, 'strongroom: the value for PASSWORD is too short to be masked\n')
  assert.equal(stdout, 'abc\n')
})

test('megabytes come through a mask unharmed, to a file and to a pipe', async () => {
  await using server = await shop()
  const script = `
    const line = 'x'.repeat(99) + process.env.PASSWORD + '\\n'
    let left = 40
    const write = () => { while (left-- > 0) if (!process.stdout.write(line.repeat(2000))) return process.stdout.once('drain', write) }
    write()`
  const argv = ['--mask', ...FILE, process.execPath, '-e', script]
  const { stdout } = await runProgram('run', argv, server)
  const wanted = `${'x'.repeat(99)}***\n`
  assert.equal(stdout.length, wanted.length * 80_000)
  assert.ok(stdout.startsWith(wanted) && stdout.endsWith(wanted))
  assert.ok(!stdout.includes(SECRET.slice(0, 8)))
})

test('what waits for a slow reader of a masked command is not overwritten by what comes after it', async () => {
  await using server = await shop()
  const runner = startProgram('run', ['--mask', ...FILE, 'seq', '1', '1000000'], server)
  const ended = endOf(runner)
  const got = createHash('sha256')
  for await (const chunk of runner.stdout ?? []) {
    got.update(chunk as Buffer)
    await setImmediate()
  }
  assert.equal((await ended).exitCode, 0)
  const lines = Array.from({ length: 1_000_000 }, (_, at) => `${at + 1}\n`)
  assert.equal(got.digest('hex'), createHash('sha256').update(lines.join('')).digest('hex'))
})

test('when the reader of a masked command goes away, the command is told so', async () => {
  await using server = await shop()
  const script = 'trap "echo piped > done; exit 3" PIPE; while :; do echo line; done'
  const argv = ['--mask', ...FILE, 'bash', '-c', script]
  const runner = spawn(process.execPath, programArguments('run', argv), {
    env: server.environment,
    cwd: server.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  runner.stdout.once('data', () => runner.stdout.destroy())
  assert.equal((await endOf(runner)).exitCode, 3)
  assert.equal(await readFile(join(server.folder, 'done'), 'utf8'), 'piped\n')
})

/** Says its values at once and at each SIGHUP, and ends when it reads a line. */
const SAYS = `
const fs = require('node:fs')
const say = () => console.log(process.pid, process.env.PASSWORD, fs.readFileSync(process.env.KEY, 'utf8'), fs.readFileSync('out', 'utf8'))
process.on('SIGHUP', say)
process.stdin.once('data', () => process.exit(5))
say()`

const WATCHED = `PASSWORD: !var db/password
KEY: !var:file db/password
summon.files:
  - path: out
    template: '{{ secret "P" }}'
    secrets: {P: !var db/password}
`

interface Watching {
  readonly runner: ReturnType<typeof startProgram>
  readonly next: () => Promise<readonly string[]>
  readonly told: () => string
}

async function watching(server: StandIn, ...flags: readonly string[]): Promise<Watching> {
  await writeFile(join(server.folder, 'secrets.yml'), WATCHED)
  const argv = ['--watch-interval', '100ms', ...flags, process.execPath, '-e', SAYS]
  const runner = startProgram('run', argv, server)
  const lines = createInterface({ input: runner.stdout ?? assert.fail('no pipe') })
  const iterator = lines[Symbol.asyncIterator]()
  let told = ''
  runner.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()))
  return {
    runner,
    next: async () => String((await iterator.next()).value).split(' '),
    told: () => told,
  }
}

const set = (server: StandIn, value: string): void =>
  void server.secrets.set('acme:variable:db/password', Buffer.from(value))

test('a watched command is started anew with new values, and its exit code counts', async () => {
  await using server = await shop()
  set(server, 'one')
  const { runner, next, told } = await watching(server)
  const [first, ...before] = await next()
  assert.deepEqual(before, ['one', 'one', 'one'])
  set(server, 'two')
  const [second, ...after] = await next()
  assert.deepEqual(after, ['two', 'two', 'two'])
  assert.notEqual(first, second)
  const ended = endOf(runner)
  runner.stdin?.write('\n')
  assert.equal((await ended).exitCode, 5)
  assert.equal(told(), 'strongroom: values have changed: starting the command anew\n')
})

test('a watched command is sent a signal when its files have new values', async () => {
  await using server = await shop()
  set(server, 'one')
  const { runner, next } = await watching(server, '--watch-signal', 'HUP')
  const [first] = await next()
  set(server, 'two')
  assert.deepEqual(await next(), [first, 'one', 'two', 'two'])
  const ended = endOf(runner)
  runner.stdin?.write('\n')
  assert.equal((await ended).exitCode, 5)
})

test('`fallback`: a watched command runs on with its values while the server is down, which is told once', async () => {
  await using server = await shop()
  set(server, 'one')
  const { runner, next, told } = await watching(server)
  const [first] = await next()
  let refused = 0
  const twice = new Promise<void>((resolve) => {
    server.answer = ({ path }) => {
      if (path !== '/secrets') return undefined
      refused += 1
      if (refused === 2) resolve()
      return [503]
    }
  })
  await twice
  set(server, 'two')
  server.answer = () => undefined
  const [second, password] = await next()
  assert.notEqual(first, second)
  assert.equal(password, 'two')
  assert.match(
    told(),
    /^strongroom: the server answered with status 503\nstrongroom: the values can be looked up again\n/,
  )
  const ended = endOf(runner)
  runner.kill('SIGTERM')
  await ended
})

test('a signal ends a watched command for good, and its files go', async () => {
  await using server = await shop()
  const { runner, next } = await watching(server)
  await next()
  const ended = endOf(runner)
  runner.kill('SIGTERM')
  assert.equal((await ended).exitCode, 143)
  await assert.rejects(readFile(join(server.folder, 'out')), { code: 'ENOENT' })
})

test('`argv/env`: a pristine command has its secrets and not our credentials', async () => {
  await using server = await shop()
  const { stdout } = await runProgram('run', ['--pristine', ...FILE, 'env'], server)
  assert.match(stdout, /^PASSWORD=Sup3r/m)
  assert.match(stdout, /^PATH=/m)
  assert.doesNotMatch(stdout, /CONJUR|admin-key/)
  assert.match((await runProgram('run', [...FILE, 'env'], server)).stdout, /CONJUR_AUTHN_API_KEY/)
})

test('a masked command may open its own streams again, as shells do for /dev/stderr', async () => {
  await using server = await shop()
  const script =
    'echo "out $PASSWORD" > /dev/stdout; echo "err $PASSWORD" > /dev/stderr; [ -p /dev/stdout ]'
  const masked = await runProgram('run', ['--mask', ...FILE, 'sh', '-c', script], server)
  assert.deepEqual(masked, { exitCode: 0, signal: null, stdout: 'out ***\n', stderr: 'err ***\n' })
})

test('a masked command that is not there is told of like any other', async () => {
  await using server = await shop()
  const { exitCode, stderr } = await runProgram(
    'run',
    ['--mask', ...FILE, 'no-such-command'],
    server,
  )
  assert.equal(exitCode, 127)
  assert.match(stderr, /executable file not found in \$PATH\n$/)
  server.secrets.set('acme:variable:db/password', Buffer.alloc(200_000, 'x'))
  const large = await runProgram('run', ['--mask', ...FILE, 'true'], server)
  assert.equal(large.exitCode, 126)
  assert.match(large.stderr, /the environment is too large/)
})

test('where the system has no mkfifo, values are masked all the same', async () => {
  await using server = await shop()
  const environment = { ...server.environment, PATH: server.folder }
  const argv = ['--mask', ...FILE, process.execPath, '-e', 'console.log(process.env.PASSWORD)']
  assert.equal((await runProgram('run', argv, { ...server, environment })).stdout, '***\n')
})
