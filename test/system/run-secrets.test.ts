import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { processSpace, processStat } from '#run/process-stat.ts'
import { filesBase } from '#run/memory-folder.ts'
import { endOf, runProgram, startProgram, transcriptOf } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

async function shop(): Promise<StandIn> {
  const server = await startStandIn()
  server.secrets
    .set('acme:variable:db/user', Buffer.from('cart'))
    .set('acme:variable:db/password', Buffer.from('c4n4ry\n'))
    .set('acme:variable:db/key', Buffer.from([0, 255, 10, 13]))
  return server
}

const run = (server: StandIn, ...argv: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram('run', argv, server)

const FILE = 'USER: !var db/user\nPASSWORD: !var db/password\nKEY: !var:file db/key\nHOST: db\n'

test('the command gets every value byte for byte, from one request', async () => {
  await using server = await shop()
  await writeFile(join(server.folder, 'secrets.yml'), FILE)
  const script = 'printf "%s|%s|%s|" "$USER" "$PASSWORD" "$HOST"; od -An -tx1 "$KEY"'
  const { exitCode, stdout, stderr } = await run(server, 'sh', '-c', script)
  assert.equal(stderr, '')
  assert.equal(stdout, 'cart|c4n4ry\n|db| 00 ff 0a 0d\n')
  assert.equal(exitCode, 0)
  assert.deepEqual(
    server.seen.map(({ method, path }) => `${method} ${path}`),
    ['POST /authn/acme/admin/authenticate', 'GET /secrets'],
  )
})

test('a missing and a forbidden secret are named, and the command does not start', async () => {
  await using server = await shop()
  server.forbidden.add('acme:variable:db/user')
  const marker = join(server.folder, 'started')
  const file = 'USER: !var db/user\nGONE: !var db/gone\nPASSWORD: !var db/password'
  assert.deepEqual(await run(server, '--yaml', file, 'touch', marker), {
    exitCode: 127,
    signal: null,
    stdout: '',
    stderr:
      'strongroom: Error fetching secret: `db/user` for `USER`: not permitted\n' +
      '  Error fetching secret: `db/gone` for `GONE`: CONJ00076E Variable acme:variable:db/gone is empty or not found.\n',
  })
  assert.ok(!existsSync(marker))
})

test('a secret that may be missing is left out, with a word about it', async () => {
  await using server = await shop()
  const file = 'GONE: !var db/gone\nUSER: !var db/user'
  for (const flags of [['-i', 'GONE'], ['--ignore-all']]) {
    const { exitCode, stdout, stderr } = await run(
      server,
      ...flags,
      '--yaml',
      file,
      'sh',
      '-c',
      'echo "${GONE-unset} $USER"',
    )
    assert.equal(stdout, 'unset cart\n')
    assert.match(stderr, /^strongroom: Error fetching secret: `db\/gone` for `GONE`: CONJ00076E /)
    assert.equal(exitCode, 0)
  }
})

test('`fallback`: without a server nothing starts, even when every secret may be missing', async () => {
  await using server = await shop()
  const environment = {
    ...server.environment,
    CONJUR_APPLIANCE_URL: 'https://localhost:1',
    USER: 'old',
  }
  const argv = ['-I', '--yaml', FILE, 'sh', '-c', 'echo $USER']
  const { exitCode, stdout, stderr } = await runProgram('run', argv, { ...server, environment })
  assert.equal(exitCode, 127)
  assert.equal(stdout, '')
  assert.match(stderr, /^strongroom: cannot reach localhost:1: connection refused\n/)
})

test('a binary secret is refused as a variable, with the way out', async () => {
  await using server = await shop()
  const { exitCode, stderr } = await run(server, '--yaml', 'KEY: !var db/key', 'true')
  assert.equal(exitCode, 127)
  assert.match(stderr, /the value for `KEY` is binary.*\n.*KEY: !var:file ID\n$/)
})

test('the section is chosen, its name passed on, and definitions put in', async () => {
  await using server = await shop()
  const file = 'common:\n  USER: !var $where/user\nprod:\n  HOST: $$x'
  const argv = [
    '-e',
    'prod',
    '-D',
    'where=db',
    '--yaml',
    file,
    'sh',
    '-c',
    'echo "$USER $HOST $SUMMON_ENV"',
  ]
  assert.equal((await run(server, ...argv)).stdout, 'cart $x prod\n')
})

test('a file above is found with --up', async () => {
  await using server = await shop()
  await writeFile(join(server.folder, 'up.yml'), 'USER: !var db/user')
  const folder = join(server.folder, 'a', 'b')
  await mkdir(folder, { recursive: true })
  const argv = ['--up', '-f', 'up.yml', 'sh', '-c', 'echo $USER']
  assert.equal((await runProgram('run', argv, { ...server, folder })).stdout, 'cart\n')
})

test('a secret of a megabyte goes through a file', async () => {
  await using server = await shop()
  server.secrets.set('acme:variable:big', Buffer.alloc(1_000_000, 'x'))
  const { stdout } = await run(server, '--yaml', 'BIG: !var:file big', 'sh', '-c', 'wc -c < "$BIG"')
  assert.equal(stdout.trim(), '1000000')
})

test('`error-canary`: debugging shows requests and no value, query or credential', async () => {
  await using server = await shop()
  const { stderr } = await run(server, '-d', '--yaml', FILE, 'true')
  assert.deepEqual(
    stderr.split('\n').map((line) => line.replace(/^time=\S+ /, '')),
    [
      'level=DEBUG msg="Loading summon configuration" filename="inline YAML"',
      'level=DEBUG msg="Fetching secrets" count=3 provider=strongroom',
      'level=DEBUG msg="Fetching secret" name=USER provider=strongroom',
      'level=DEBUG msg="Fetching secret" name=PASSWORD provider=strongroom',
      'level=DEBUG msg="Fetching secret" name=KEY provider=strongroom',
      'strongroom: POST /authn/acme/admin/authenticate 200',
      'strongroom: GET /secrets 200',
      '',
    ],
  )
})

const SHOW = 'echo "$KEY"; read -r line'

/** Starts a command that holds a file, and gives the path of the file. */
async function holding(
  server: StandIn,
): Promise<{ readonly runner: ReturnType<typeof startProgram>; readonly path: string }> {
  const runner = startProgram('run', ['--yaml', 'KEY: !var:file db/key', 'sh', '-c', SHOW], server)
  return { runner, path: await firstLine(runner.stdout) }
}

function firstLine(stream: Readable | null): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  createInterface({ input: stream ?? assert.fail('no pipe') }).once('line', resolve)
  return promise
}

test('`file`: a secret lies in memory, in a private folder, and goes with the command', async () => {
  await using server = await shop()
  const { runner, path } = await holding(server)
  assert.equal(dirname(dirname(path)), filesBase({}).path)
  assert.equal(filesBase({}).path, '/dev/shm')
  assert.match(basename(dirname(path)), new RegExp(`^strongroom-${runner.pid}-`))
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(dirname(path))).mode & 0o777, 0o700)
  const ended = endOf(runner)
  runner.stdin?.end()
  await ended
  assert.ok(!existsSync(dirname(path)))
})

test('`file`: a secret goes when a signal ends the command', async () => {
  await using server = await shop()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    const { runner, path } = await holding(server)
    assert.ok(existsSync(path))
    const ended = endOf(runner)
    runner.kill(signal)
    await ended
    assert.ok(!existsSync(dirname(path)), signal)
  }
})

test('`file`: nothing is left when the command cannot be started', async () => {
  await using server = await shop()
  const argv = ['--yaml', 'KEY: !var:file db/key', 'no-such-command']
  const runner = startProgram('run', argv, server)
  assert.equal((await transcriptOf(runner)).exitCode, 127)
  const left = readdirSync(filesBase({}).path).filter((name) =>
    name.startsWith(`strongroom-${runner.pid}-`),
  )
  assert.deepEqual(left, [])
})

test('`file`: what a killed runner left goes at the next start, and nothing else', async () => {
  await using server = await shop()
  const killed = await holding(server)
  const alive = await holding(server)
  const ended = endOf(killed.runner)
  killed.runner.kill('SIGKILL')
  await ended
  assert.ok(existsSync(killed.path))

  // A link that has the name of a left-over must not lead the sweep astray.
  const target = join(server.folder, 'target')
  await mkdir(target)
  await writeFile(join(target, 'kept'), '')
  const link = join(
    filesBase({}).path,
    `strongroom-${killed.runner.pid}-1-${processSpace()}-abcdef`,
  )
  await symlink(target, link)
  // The id of a running process with another start time is that of a process that is gone.
  const reused = join(filesBase({}).path, `strongroom-${process.pid}-1-${processSpace()}-abcdef`)
  await mkdir(reused)
  const ours = join(
    filesBase({}).path,
    `strongroom-${process.pid}-${processStat('self')?.startTime}-${processSpace()}-abcdef`,
  )
  await mkdir(ours)
  const elsewhere = join(filesBase({}).path, `strongroom-${killed.runner.pid}-1-1-abcdef`)
  await mkdir(elsewhere)

  assert.equal((await run(server, '--yaml', 'A: x', 'true')).exitCode, 0)
  assert.ok(!existsSync(dirname(killed.path)))
  assert.ok(!existsSync(reused))
  assert.ok(existsSync(join(target, 'kept')))
  assert.ok(existsSync(alive.path))
  assert.deepEqual(await readFile(alive.path), Buffer.from([0, 255, 10, 13]))
  assert.ok(existsSync(ours))
  assert.ok(existsSync(elsewhere))

  for (const path of [link, ours, elsewhere]) await rm(path, { recursive: true })
  const aliveEnded = endOf(alive.runner)
  alive.runner.stdin?.end()
  killed.runner.stdin?.end()
  await aliveEnded
})

test('500 variables come in one request from a server that takes ids in a body', async () => {
  await using server = await shop()
  server.answer = ({ method, path, body }) => {
    if (method !== 'POST' || path !== '/secrets/values') return undefined
    const { variable_ids: ids } = JSON.parse(body.toString()) as { variable_ids: string[] }
    const values = ids.map((id) => [id, Buffer.from(`value of ${id}`).toString('base64')])
    return [200, Object.fromEntries(values), { 'Content-Encoding': 'base64' }]
  }
  const file = Array.from({ length: 500 }, (_, at) => `K${at}: !var a/variable/number/${at}\n`)
  await writeFile(join(server.folder, 'secrets.yml'), file.join(''))
  const { stdout } = await run(server, 'sh', '-c', 'echo "$K0 $K499"')
  assert.equal(
    stdout,
    'value of acme:variable:a/variable/number/0 value of acme:variable:a/variable/number/499\n',
  )
  assert.equal(server.seen.length, 2)
})

test('a login that is not accepted, has expired or meets a wrong certificate starts nothing and says what to do', async () => {
  await using server = await shop()
  await using other = await startStandIn()
  for (const [environment, message] of [
    [{ CONJUR_AUTHN_API_KEY: 'old-key' }, /^strongroom: the server did not accept the credentials/],
    [{ CONJUR_AUTHN_TOKEN: 'e30=' }, /^strongroom: the access token is not an access token/],
    [
      { CONJUR_CERT_FILE: join(other.folder, 'cert.pem') },
      /^strongroom: cannot trust localhost:\d+: .*\n {2}.*`strongroom init`/,
    ],
    [
      { CONJUR_CERT_FILE: '/nowhere.pem' },
      /the certificate file `\/nowhere.pem` does not exist\n {2}/,
    ],
  ] as const) {
    const start = { ...server, environment: { ...server.environment, ...environment } }
    const { exitCode, stdout, stderr } = await runProgram(
      'run',
      ['--yaml', FILE, 'echo', 'x'],
      start,
    )
    assert.equal(exitCode, 127)
    assert.equal(stdout, '')
    assert.match(stderr, message)
  }
})
