import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Transcript } from './program.ts'
import { runProgram } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

async function shop(): Promise<StandIn> {
  const server = await startStandIn()
  server.secrets.set('acme:variable:db/password', Buffer.from('c4n4ry'))
  return server
}

const show = ['sh', '-c', 'echo "$PASSWORD ${STRONGROOM_FALLBACK:+stale}"']

const run = (server: StandIn, ...flags: readonly string[]): Promise<Transcript> =>
  runProgram('run', [...flags, '--yaml', 'PASSWORD: !var db/password', ...show], server)

const down = (server: StandIn): void => {
  server.answer = () => 'drop'
}

const cacheOf = (server: StandIn): string => join(server.folder, '.cache/strongroom/fallback')

test('`fallback`: values of the last run stand in for a server that is down, and everybody is told', async () => {
  await using server = await shop()
  assert.deepEqual(await run(server, '--fallback'), {
    exitCode: 0,
    signal: null,
    stdout: 'c4n4ry \n',
    stderr: '',
  })
  down(server)
  const { stdout, stderr, exitCode } = await run(server, '--fallback')
  assert.equal(stdout, 'c4n4ry stale\n')
  assert.match(
    stderr,
    /^strongroom: cannot reach localhost:\d+: connection reset\nstrongroom: starting with the values of 20\S+Z, less than a minute old: they may have been changed or withdrawn since\n$/,
  )
  assert.equal(exitCode, 0)
})

test('`fallback`: without the flag nothing is kept, and nothing that was kept is used', async () => {
  await using server = await shop()
  await run(server)
  assert.throws(() => readdirSync(cacheOf(server)), { code: 'ENOENT' })
  await run(server, '--fallback')
  down(server)
  const { stdout, exitCode } = await run(server, '-I')
  assert.equal(stdout, '')
  assert.equal(exitCode, 127)
})

test('`fallback`: what is kept is sealed, and private', async () => {
  await using server = await shop()
  await run(server, '--fallback')
  const folder = cacheOf(server)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  const names = readdirSync(folder).toSorted()
  assert.equal(names.length, 2)
  for (const name of names) {
    const path = join(folder, name)
    assert.equal(statSync(path).mode & 0o777, 0o600, name)
    const content = readFileSync(path)
    for (const form of ['c4n4ry', Buffer.from('c4n4ry').toString('base64'), 'db/password']) {
      assert.ok(!content.includes(form), `${name}: ${form}`)
    }
  }
})

test('`fallback`: it is for the same role, server and variables alone', async () => {
  await using server = await shop()
  await run(server, '--fallback')
  down(server)
  const asHost = {
    ...server.environment,
    CONJUR_AUTHN_LOGIN: 'host/app',
    CONJUR_AUTHN_API_KEY: 'host-key',
  }
  const other = await run({ ...server, environment: asHost }, '--fallback')
  assert.match(other.stderr, /connection reset; there are no kept values for this\n/)
  const account = { ...server.environment, CONJUR_ACCOUNT: 'other' }
  assert.equal((await run({ ...server, environment: account }, '--fallback')).exitCode, 127)
  const more = ['--fallback', '--yaml', 'PASSWORD: !var db/password\nB: !var b', ...show]
  assert.equal((await runProgram('run', more, server)).exitCode, 127)
  assert.equal((await run(server, '--fallback')).exitCode, 0)
})

test('`fallback`: values that are too old do not stand in', async () => {
  await using server = await shop()
  await run(server, '--fallback')
  down(server)
  const { exitCode, stderr } = await run(server, '--fallback-max-age=1ms')
  assert.equal(exitCode, 127)
  assert.match(stderr, /; the kept values of .* are too old\n/)
})

test('`fallback`: a refusal is obeyed, and ends what was kept', async () => {
  await using server = await shop()
  await run(server, '--fallback')
  server.answer = ({ path }) => (path.endsWith('/authenticate') ? [401] : undefined)
  const refused = await run(server, '--fallback')
  assert.equal(refused.exitCode, 127)
  assert.match(refused.stderr, /did not accept the credentials/)
  down(server)
  assert.match((await run(server, '--fallback')).stderr, /there are no kept values for this/)
})

test('`fallback`: a key that others may read, or a copy that was altered, is not used', async () => {
  await using server = await shop()
  await run(server, '--fallback')
  down(server)
  const folder = cacheOf(server)
  chmodSync(join(folder, 'key'), 0o644)
  const exposed = await run(server, '--fallback')
  assert.equal(exposed.exitCode, 127)
  assert.match(exposed.stderr, /others may read the key/)
  chmodSync(join(folder, 'key'), 0o600)
  const copy = join(folder, readdirSync(folder).find((name) => name !== 'key') ?? '')
  const sealed = readFileSync(copy)
  sealed[30] = (sealed[30] ?? 0) ^ 1
  await rm(copy)
  await writeFile(copy, sealed)
  assert.match((await run(server, '--fallback')).stderr, /there are no kept values for this/)
})
