import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from './program.ts'
import type { Seen, StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const run = (
  server: StandIn,
  argv: readonly string[],
  input?: string | Buffer,
): ReturnType<typeof runProgram> =>
  runProgram('cli', argv, { ...server, ...(input === undefined ? {} : { input }) })

const lastOf = (server: StandIn): Seen => server.seen.at(-1) ?? assert.fail('nothing was asked')

const LOADED = {
  created_roles: { 'acme:host:app': { id: 'acme:host:app', api_key: 'k' } },
  version: 2,
}

test('policy load, update and replace send a file or the input under their own methods', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) => (path.startsWith('/policies/') ? [201, LOADED] : undefined)
  const file = join(server.folder, 'policy.yml')
  await writeFile(file, '- !host app\n')
  for (const [verb, method, source] of [
    ['load', 'POST', file],
    ['update', 'PATCH', '-'],
    ['replace', 'PUT', '-'],
  ] as const) {
    assert.deepEqual(
      await run(server, ['policy', verb, '-b', 'a/b', '-f', source], '- !host app\n'),
      {
        exitCode: 0,
        signal: null,
        stdout: `${JSON.stringify(LOADED, undefined, 2)}\n`,
        stderr: "Loaded policy 'a/b'\n",
      },
    )
    const { path, body, query } = lastOf(server)
    assert.equal(lastOf(server).method, method)
    assert.equal(path, '/policies/acme/policy/a%2Fb')
    assert.equal(body.toString(), '- !host app\n')
    assert.equal(query.size, 0)
  }
})

test('a policy that is refused ends with 8 and the message of the server', async () => {
  await using server = await startStandIn()
  const message = 'Error at line 1, column 3 in policy : unknown tag'
  server.answer = ({ path }) =>
    path.startsWith('/policies/')
      ? [422, { error: { code: 'policy_invalid', message } }]
      : undefined
  assert.deepEqual(await run(server, ['policy', 'load', '-b', 'root', '-f', '-'], 'x'), {
    exitCode: 8,
    signal: null,
    stdout: '',
    stderr: `strongroom: ${message}\n`,
  })
})

test('a dry run shows what would change, and fails when the policy is not valid', async () => {
  await using server = await startStandIn()
  const valid = { status: 'Valid YAML', created: { items: [] } }
  server.answer = ({ query }) => (query.get('dryRun') === 'true' ? [200, valid] : undefined)
  const argv = ['policy', 'load', '-b', 'root', '-f', '-', '--dry-run']
  const good = await run(server, argv, 'x')
  assert.equal(good.exitCode, 0)
  assert.equal(good.stdout, `${JSON.stringify(valid, undefined, 2)}\n`)
  assert.equal(good.stderr, "Dry run policy 'root'\n")

  const invalid = { status: 'Invalid YAML', errors: [{ line: 2, column: 5, message: 'm' }] }
  server.answer = ({ query }) => (query.has('dryRun') ? [422, invalid] : undefined)
  const bad = await run(server, argv, 'x')
  assert.equal(bad.exitCode, 8)
  assert.equal(bad.stdout, `${JSON.stringify(invalid, undefined, 2)}\n`)
  assert.equal(
    bad.stderr,
    "Dry run policy 'root'\nstrongroom: the policy is not valid at line 2, column 5\n",
  )
})

const RESOURCES = [
  { id: 'acme:variable:a', owner: 'acme:user:admin', secrets: [{ version: 1 }] },
  { id: 'acme:variable:b', owner: 'acme:user:admin', secrets: [] },
]

test('list shows ids, everything about them, or their number', async () => {
  await using server = await startStandIn()
  server.answer = ({ path, query }) => {
    if (path !== '/resources/acme') return undefined
    return query.get('count') === 'true' ? [200, { count: 2 }] : [200, RESOURCES]
  }
  const ids = await run(server, [
    'list',
    '-k',
    'variable',
    '-s',
    'a b',
    '-l',
    '5',
    '-o',
    '1',
    '-r',
    'user:bob',
  ])
  assert.equal(ids.stdout, '[\n  "acme:variable:a",\n  "acme:variable:b"\n]\n')
  assert.deepEqual(Object.fromEntries(lastOf(server).query), {
    kind: 'variable',
    search: 'a b',
    limit: '5',
    offset: '1',
    role: 'acme:user:bob',
  })
  assert.equal(
    (await run(server, ['list', '-i'])).stdout,
    `${JSON.stringify(RESOURCES, undefined, 2)}\n`,
  )
  assert.equal((await run(server, ['list', '-c'])).stdout, '2\n')
})

test('check prints true or false and succeeds either way', async () => {
  await using server = await startStandIn()
  for (const [status, shown] of [
    [204, 'true\n'],
    [404, 'false\n'],
    [403, 'false\n'],
  ] as const) {
    server.answer = ({ query }) => (query.has('check') ? [status] : undefined)
    assert.deepEqual(await run(server, ['check', 'variable:a', 'execute']), {
      exitCode: 0,
      signal: null,
      stdout: shown,
      stderr: '',
    })
  }
  const short = await run(server, ['check', 'a', 'execute'])
  assert.equal(short.exitCode, 2)
  assert.match(short.stderr, /^strongroom: `a` is not an id\n {2}it has the form KIND:ID/)
})

const event = (id: number, result: 'success' | 'failure'): object => ({
  id,
  event: {
    at: `2026-11-24T10:00:0${id}.000Z`,
    request: 'r',
    account: 'acme',
    kind: 'fetch',
    operation: 'fetch',
    result,
    user: 'acme:host:shop/cart',
    clientIp: '127.0.0.1',
    subject: { resource: 'acme:variable:db/password' },
    ...(result === 'failure' ? { reason: 'Forbidden' } : {}),
  },
})

test('audit shows a line an event, the newest last, or JSON', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) =>
    path === '/audit/acme' ? [200, [event(2, 'failure'), event(1, 'success')]] : undefined
  const argv = ['audit', '--resource', 'variable:db/password', '--role', 'host:shop/cart']
  const lines = await run(server, [
    ...argv,
    '--operation',
    'fetch',
    '--result',
    'failure',
    '--limit',
    '2',
  ])
  assert.equal(
    lines.stdout,
    '2026-11-24T10:00:01.000Z success  host/shop/cart fetched acme:variable:db/password from 127.0.0.1\n' +
      '2026-11-24T10:00:02.000Z failure  host/shop/cart tried to fetch acme:variable:db/password from 127.0.0.1: Forbidden\n',
  )
  assert.deepEqual(Object.fromEntries(lastOf(server).query), {
    resource: 'acme:variable:db/password',
    role: 'acme:host:shop/cart',
    operation: 'fetch',
    result: 'failure',
    limit: '2',
  })
  const json = await run(server, ['audit', '--output', 'json'])
  assert.deepEqual(JSON.parse(json.stdout), [event(1, 'success'), event(2, 'failure')])
})

test('`error-canary`: --debug shows method, path and status, and nothing else', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from('c4n4ry'))
  for (const argv of [
    ['variable', 'get', '-i', 'a', '-v', '1', '--debug'],
    ['--debug', 'variable', 'get', '-i', 'a'],
  ]) {
    const { stderr } = await run(server, argv)
    assert.equal(
      stderr,
      'POST /authn/acme/admin/authenticate 200\nGET /secrets/acme/variable/a 200\n',
    )
  }
})

test('a server that cannot be trusted ends with 10, one that is not there with 9', async () => {
  await using server = await startStandIn()
  await using other = await startStandIn()
  const certificate = { CONJUR_CERT_FILE: join(other.folder, 'cert.pem') }
  const untrusted = { environment: { ...server.environment, ...certificate } }
  const first = await runProgram('cli', ['whoami'], untrusted)
  assert.equal(first.exitCode, 10)
  assert.match(
    first.stderr,
    /^strongroom: cannot trust localhost:\d+: its certificate is not from an/,
  )
  const gone = {
    environment: { ...server.environment, CONJUR_APPLIANCE_URL: 'https://localhost:1' },
  }
  assert.equal((await runProgram('cli', ['whoami'], gone)).exitCode, 9)
})
