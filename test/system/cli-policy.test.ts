import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from './program.ts'
import type { Seen, StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const run = (
  server: StandIn,
  argv: readonly string[],
  input?: string,
): ReturnType<typeof runProgram> =>
  runProgram('cli', argv, { ...server, ...(input === undefined ? {} : { input }) })

const lastOf = (server: StandIn): Seen => server.seen.at(-1) ?? assert.fail('nothing was asked')

const YAML = '---\n- !user ann\n'

test('policy fetch prints the policy in effect as the server says it', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) => (path.startsWith('/policies/') ? [200, YAML] : undefined)
  assert.deepEqual(await run(server, ['policy', 'fetch', '-b', 'a/b']), {
    exitCode: 0,
    signal: null,
    stdout: YAML,
    stderr: '',
  })
  const { method, path, query, headers } = lastOf(server)
  assert.deepEqual([method, path], ['GET', '/policies/acme/policy/a%2Fb'])
  assert.deepEqual(Object.fromEntries(query), { depth: '64', limit: '100000' })
  assert.equal(headers['content-type'], 'application/x-yaml')
})

test('policy fetch asks for JSON, for less, and writes to a file', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) => (path.startsWith('/policies/') ? [200, [{ user: {} }]] : undefined)
  const file = join(server.folder, 'policy.json')
  const argv = ['policy', 'fetch', '-b', 'root', '-o', 'json', '-D', '2', '-l', '9', '-f', file]
  const { exitCode, stdout, stderr } = await run(server, argv)
  assert.equal(exitCode, 0)
  assert.equal(stdout, `Policy has been fetched and saved to ${file}\n`)
  assert.match(stderr, /^strongroom: warning: it holds what you can see/)
  assert.equal(await readFile(file, 'utf8'), '[{"user":{}}]\n')
  assert.deepEqual(Object.fromEntries(lastOf(server).query), { depth: '2', limit: '9' })
  assert.equal(lastOf(server).headers['content-type'], 'application/json')
})

test('policy fetch refuses what no server answers before it asks', async () => {
  await using server = await startStandIn()
  for (const [flags, message] of [
    [['-o', 'xml'], "output format must be 'yaml' or 'json'"],
    [['-D', '65'], 'depth must be less than or equal to 64'],
    [['-l', '100001'], 'limit must be less than or equal to 100000'],
  ] as const) {
    const { exitCode, stderr } = await run(server, ['policy', 'fetch', '-b', 'root', ...flags])
    assert.deepEqual([exitCode, stderr], [2, `strongroom: ${message}\n`])
  }
  assert.equal(server.seen.length, 0)
})

test('policy fetch into a folder that is not there says so', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) => (path.startsWith('/policies/') ? [200, YAML] : undefined)
  const folder = join(server.folder, 'none')
  const argv = ['policy', 'fetch', '-b', 'root', '-f', join(folder, 'p.yml')]
  const { exitCode, stderr } = await run(server, argv)
  assert.deepEqual([exitCode, stderr], [2, `strongroom: directory ${folder} does not exist\n`])
})

test('policy fetch fails as the server refuses', async () => {
  await using server = await startStandIn()
  const message = "CONJ00164E Policy max allowed 'limit' = 1 exceeded. Value for policy is: 3"
  server.answer = ({ path }) =>
    path.startsWith('/policies/')
      ? [422, { error: { code: 'unprocessable_entity', message } }]
      : undefined
  const { exitCode, stderr } = await run(server, ['policy', 'fetch', '-b', 'root'])
  assert.deepEqual([exitCode, stderr], [2, `strongroom: ${message}\n`])
})

test('a dry run is shown as text when it is asked for, JSON to a program', async () => {
  await using server = await startStandIn()
  const outcome = {
    status: 'Valid YAML',
    created: { items: [{ identifier: 'acme:user:ann', type: 'user', owner: 'acme:policy:p' }] },
    updated: { before: { items: [] }, after: { items: [] } },
    deleted: { items: [] },
    access: [
      { role: 'acme:user:ann', privilege: 'read', resource: 'acme:variable:v', change: 'gained' },
    ],
  }
  server.answer = ({ query }) => (query.get('dryRun') === 'true' ? [200, outcome] : undefined)
  const argv = ['policy', 'load', '-b', 'root', '-f', '-', '--dry-run']
  const text = await run(server, [...argv, '--output', 'text'], 'x')
  assert.equal(
    text.stdout,
    '+ user:ann\n    owner policy:p\naccess:\n  + user:ann may read variable:v\n1 to create, 0 to update, 0 to delete\n',
  )
  assert.equal(text.stderr, "Dry run policy 'root'\n")
  assert.deepEqual(JSON.parse((await run(server, argv, 'x')).stdout), outcome)
})

test('an invalid policy is shown as text, too, and fails the command', async () => {
  await using server = await startStandIn()
  const errors = [{ line: 1, column: 3, message: 'wrong\ntry this' }]
  server.answer = ({ query }) =>
    query.has('dryRun') ? [422, { status: 'Invalid YAML', errors }] : undefined
  const argv = ['policy', 'load', '-b', 'root', '-f', '-', '--dry-run', '--output', 'text']
  const { exitCode, stdout } = await run(server, argv, 'x')
  assert.deepEqual([exitCode, stdout], [8, 'line 1, column 3: wrong\n  try this\n'])
})
