import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from './program.ts'
import type { Seen, StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const SECRET = 'CANARYk7MDENGbPxRfiCYEXAMPLEKEYwJalrXUtn'
const DATA = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: SECRET }

const SHOWN = {
  id: 'prod',
  account: 'acme',
  max_ttl: 3600,
  type: 'aws',
  data: { access_key_id: DATA.access_key_id, secret_access_key: '*****' },
  created_at: '2026-01-01T00:00:00.000+00:00',
  modified_at: '2026-01-01T00:00:00.000+00:00',
}

const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const run = (
  server: StandIn,
  argv: readonly string[],
  input?: string,
): ReturnType<typeof runProgram> =>
  runProgram('cli', ['issuer', ...argv], { ...server, ...(input === undefined ? {} : { input }) })

const lastOf = (server: StandIn): Seen => server.seen.at(-1) ?? assert.fail('nothing was asked')

const sentTo = (server: StandIn): unknown => JSON.parse(lastOf(server).body.toString())

/** A server with one issuer, which it makes, shows, changes and deletes. */
async function startServer(): Promise<StandIn> {
  const server = await startStandIn()
  server.answer = ({ method, path }) => {
    if (path === '/issuers/acme') {
      return method === 'POST' ? [201, SHOWN] : [200, { issuers: [SHOWN] }]
    }
    if (path !== '/issuers/acme/prod') return undefined
    return method === 'DELETE' ? [204] : [200, SHOWN]
  }
  return server
}

test('an issuer is made with data from a file or the standard input, and shown with its secret masked', async () => {
  await using server = await startServer()
  const file = join(server.folder, 'key.json')
  await writeFile(file, JSON.stringify(DATA))
  const flags = ['create', '-i', 'prod', '-t', 'aws', '-m', '3600']
  for (const [argv, input] of [
    [['-f', file], undefined],
    [['-f', '-'], JSON.stringify(DATA)],
  ] as const) {
    const made = await run(server, [...flags, ...argv], input)
    assert.deepEqual(made, { exitCode: 0, signal: null, stdout: pretty(SHOWN), stderr: '' })
    const { method, path, headers } = lastOf(server)
    assert.deepEqual(
      [method, path, headers['content-type']],
      ['POST', '/issuers/acme', 'application/json'],
    )
    assert.deepEqual(sentTo(server), { id: 'prod', type: 'aws', max_ttl: 3600, data: DATA })
  }
})

test('data on the command line are understood, as scripts say them, with a warning', async () => {
  await using server = await startServer()
  const flags = ['create', '--id', 'prod', '--type', 'aws', '--max-ttl', '3600']
  const made = await run(server, [...flags, '--data', JSON.stringify(DATA)])
  assert.deepEqual([made.exitCode, made.stdout], [0, pretty(SHOWN)])
  assert.equal(
    made.stderr,
    'strongroom: warning: data on the command line are visible to others; use --file\n',
  )
  assert.deepEqual(sentTo(server), { id: 'prod', type: 'aws', max_ttl: 3600, data: DATA })
})

test('`error-canary`: data that are no JSON are refused unasked, without repeating them', async () => {
  await using server = await startServer()
  const flags = ['create', '-i', 'prod', '-t', 'aws', '-m', '3600']
  for (const [argv, input, message] of [
    [['--data', `{"x":"${SECRET}`], undefined, /Failed to parse 'data' flag JSON/],
    [['-f', '-'], `"${SECRET}`, /Failed to parse 'data' file JSON/],
    [['-f', '-', '--data', '{}'], '', /at most one of --data and --file/],
    [[], '', /the data of the issuer are missing/],
  ] as const) {
    const refused = await run(server, [...flags, ...argv], input)
    assert.deepEqual([refused.exitCode, refused.stdout], [2, ''])
    assert.match(refused.stderr, message)
    assert.ok(!refused.stderr.includes('CANARY'), refused.stderr)
  }
  assert.deepEqual(server.seen, [])
})

test('what is missing of an issuer is asked for before the server is', async () => {
  await using server = await startServer()
  for (const argv of [
    ['create', '-i', 'prod', '-t', 'aws', '-f', '-'],
    ['create', '-i', 'prod', '-m', '3600', '-f', '-'],
    ['create', '-t', 'aws', '-m', '3600', '-f', '-'],
    ['update', '-i', 'prod'],
    ['get'],
    ['delete'],
  ]) {
    const refused = await run(server, argv, '{}')
    assert.equal(refused.exitCode, 2, argv.join(' '))
  }
  assert.deepEqual(server.seen, [])
})

test('an issuer is shown, listed and changed', async () => {
  await using server = await startServer()
  assert.equal((await run(server, ['get', '-i', 'prod'])).stdout, pretty(SHOWN))
  assert.equal((await run(server, ['list'])).stdout, pretty([SHOWN]))
  const table = await run(server, ['list', '--output', 'table'])
  assert.match(table.stdout, /^ID +TYPE +MAX_TTL +MODIFIED_AT\nprod +aws +3600 +2026-/)
  assert.equal((await run(server, ['update', '-i', 'prod', '-m', '3600'])).stdout, pretty(SHOWN))
  assert.deepEqual(sentTo(server), { max_ttl: 3600 })
  await run(server, ['update', '-i', 'prod', '-f', '-'], JSON.stringify(DATA))
  assert.deepEqual(sentTo(server), { data: DATA })
  assert.equal(lastOf(server).method, 'PATCH')
})

test('an issuer is deleted with its variables unless they are to be kept', async () => {
  await using server = await startServer()
  const gone = await run(server, ['delete', '-i', 'prod'])
  assert.deepEqual([gone.exitCode, gone.stdout], [0, "The issuer 'prod' was deleted\n"])
  assert.deepEqual([lastOf(server).method, [...lastOf(server).query]], ['DELETE', []])
  await run(server, ['delete', '-i', 'prod', '-k'])
  assert.deepEqual([...lastOf(server).query], [['keep_secrets', 'true']])
  await run(server, ['delete', '-i', 'prod', '--keep-secrets'])
  assert.deepEqual([...lastOf(server).query], [['keep_secrets', 'true']])
})

test('a name with a slash reaches no other path', async () => {
  await using server = await startServer()
  server.answer = ({ path }) =>
    path.startsWith('/issuers/')
      ? [404, { error: { code: 'not_found', message: 'Issuer not found' } }]
      : undefined
  const refused = await run(server, ['get', '-i', '../resources/acme'])
  assert.equal(refused.exitCode, 6)
  assert.equal(lastOf(server).path, '/issuers/acme/..%2Fresources%2Facme')
})
