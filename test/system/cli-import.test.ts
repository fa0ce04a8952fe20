import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runProgram } from './program.ts'
import type { Transcript } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const run = (server: StandIn, argv: readonly string[], input = ''): Promise<Transcript> =>
  runProgram('cli', argv, { ...server, input })

const valuesIn = ({ secrets }: StandIn): Readonly<Record<string, string>> =>
  Object.fromEntries([...secrets].map(([id, value]) => [id, value.toString()]))

const ENV = 'A=c4n4ry-a\nB=c4n4ry-b\nEMPTY=\nC=c4n4ry-c\n'

test('import sets the values of a file below a branch, in its order, and leaves out what has none', async () => {
  await using server = await startStandIn()
  const file = join(server.folder, '.env')
  await writeFile(file, ENV)
  const end = await run(server, ['import', file, '-b', 'shop'])
  assert.equal(end.exitCode, 0, end.stderr)
  assert.equal(end.stdout, 'Values added: 3\n')
  assert.deepEqual(valuesIn(server), {
    'acme:variable:shop/A': 'c4n4ry-a',
    'acme:variable:shop/B': 'c4n4ry-b',
    'acme:variable:shop/C': 'c4n4ry-c',
  })
  assert.match(end.stderr, /^strongroom: warning: `EMPTY` has no value and is left out\n/)
})

test('an import that stopped says how much is done and goes on from there', async () => {
  await using server = await startStandIn()
  server.forbidden.add('acme:variable:B')
  const stopped = await run(server, ['import', '-', '-b', 'root'], ENV)
  assert.equal(stopped.exitCode, 5)
  assert.equal(stopped.stdout, '')
  assert.match(
    stopped.stderr,
    /strongroom: A is set\nstrongroom: `B` is not set: not permitted\n {2}1 of the values are set; go on with --from B\n$/,
  )
  server.forbidden.clear()
  const rest = await run(
    server,
    ['import', '-', '-b', 'root', '--from', 'B', '--output', 'json'],
    ENV,
  )
  assert.deepEqual(JSON.parse(rest.stdout), ['B', 'C'])
  const posts = server.seen.filter(
    ({ method, path }) => method === 'POST' && path.startsWith('/secrets'),
  )
  assert.deepEqual(
    posts.map(({ path }) => path.at(-1)),
    ['A', 'B', 'B', 'C'],
  )
  assert.equal((await run(server, ['import', '-', '-b', 'root', '--from', 'X'], ENV)).exitCode, 2)
})

test('--dry-run and --policy show names and ask nothing of a server', async () => {
  await using server = await startStandIn()
  const dry = await run(server, ['import', '-', '-b', 'shop', '--dry-run'], ENV)
  assert.equal(dry.stdout, 'shop/A\nshop/B\nshop/C\n')
  const names = '{"yes":"1","a/b":"2","with space: #":"3","7":"4"}'
  const policy = await run(server, ['import', '-', '-b', 'shop', '--policy'], names)
  assert.equal(
    policy.stdout,
    '- !variable "7"\n- !variable "yes"\n- !variable a/b\n- !variable "with space: #"\n',
  )
  assert.equal(server.seen.length, 0)
})

test('`error-canary`: no value of an import is shown, whatever happens to it', async () => {
  await using server = await startStandIn()
  const failing = async (): Promise<readonly Transcript[]> => {
    server.answer = ({ path }) =>
      path.startsWith('/secrets') ? [422, { error: { code: 'x', message: 'no' } }] : undefined
    return [await run(server, ['import', '-', '-b', 'shop', '--debug'], ENV)]
  }
  const ends = [
    await run(server, ['--debug', 'import', '-', '-b', 'shop'], ENV),
    await run(server, ['import', '-', '-b', 'shop', '--output', 'yaml'], ENV),
    await run(server, ['import', '-', '-b', 'shop', '--format', 'json'], ENV),
    await run(server, ['import', '-', '-b', 'shop', '--format', 'kubernetes'], `${ENV}\n: {[`),
    ...(await failing()),
  ]
  for (const { stdout, stderr } of ends) assert.ok(!`${stdout}${stderr}`.includes('c4n4ry'), stderr)
})

test('a file that is not there or not what it should be ends with 2', async () => {
  await using server = await startStandIn()
  for (const [argv, message] of [
    [['import', '/nowhere', '-b', 'x'], 'cannot read `/nowhere`'],
    [['import', '-', '-b', 'x', '--format', 'vault'], 'the file is not an object of JSON'],
    [['import', '-'], "required option '-b, --branch <branch>' not specified"],
  ] as const) {
    const { exitCode, stderr } = await run(server, argv, 'x')
    assert.equal(exitCode, 2)
    assert.equal(stderr.split('\n')[0], `strongroom: ${message}`)
  }
})
