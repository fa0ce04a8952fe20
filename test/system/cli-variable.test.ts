import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { endOf, programArguments, runOnTerminal, runProgram } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const run = (
  server: StandIn,
  argv: readonly string[],
  input?: string | Buffer,
): ReturnType<typeof runProgram> =>
  runProgram('cli', argv, { ...server, ...(input === undefined ? {} : { input }) })

test('variable get shows one value as it is, several as JSON', async () => {
  await using server = await startStandIn()
  server.secrets
    .set('acme:variable:a', Buffer.from('one'))
    .set('acme:variable:b:c', Buffer.from('<&>'))
  assert.deepEqual(await run(server, ['variable', 'get', '-i', 'a']), {
    exitCode: 0,
    signal: null,
    stdout: 'one\n',
    stderr: '',
  })
  const several = await run(server, ['variable', 'get', '-i', 'a, b:c'])
  assert.equal(several.stdout, '{\n  "a": "one",\n  "b:c": "<&>"\n}\n')
  await run(server, ['variable', 'get', '-i', 'a', '-v', '3'])
  assert.equal(server.seen.at(-1)?.query.get('version'), '3')
})

test('variable get of what is not there ends with 6, of what is refused with 5', async () => {
  await using server = await startStandIn()
  server.forbidden.add('acme:variable:b')
  const missing = await run(server, ['variable', 'get', '-i', 'a'])
  assert.equal(missing.exitCode, 6)
  assert.equal(
    missing.stderr,
    'strongroom: CONJ00076E Variable acme:variable:a is empty or not found.\n',
  )
  const refused = await run(server, ['variable', 'get', '-i', 'b'])
  assert.equal(refused.exitCode, 5)
  assert.equal(refused.stderr, 'strongroom: not permitted\n')
})

test('variable get of several refuses a binary one, which JSON cannot hold', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from([255])).set('acme:variable:b', Buffer.from('x'))
  const { exitCode, stdout, stderr } = await run(server, ['variable', 'get', '-i', 'a,b'])
  assert.equal(exitCode, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /the value of `a` is binary.*\n {2}get it by itself\n/)
})

test('variable set sends a file or the input byte for byte', async () => {
  await using server = await startStandIn()
  const bytes = Buffer.from([0, 255, 10])
  const done = { exitCode: 0, signal: null, stdout: 'Value added\n', stderr: '' }
  assert.deepEqual(await run(server, ['variable', 'set', '-i', 'a', '-f', '-'], bytes), done)
  const file = join(server.folder, 'value')
  await writeFile(file, 'v\n')
  assert.deepEqual(await run(server, ['variable', 'set', '-i', 'b', '-f', file]), done)
  assert.deepEqual(server.secrets.get('acme:variable:a'), bytes)
  assert.equal(server.secrets.get('acme:variable:b')?.toString(), 'v\n')
})

test('`argv/env`: a value on the command line is taken, with a warning that does not repeat it', async () => {
  await using server = await startStandIn()
  const { exitCode, stdout, stderr } = await run(server, [
    'variable',
    'set',
    '-i',
    'a',
    '-v',
    'c4n4ry',
  ])
  assert.equal(exitCode, 0)
  assert.equal(stdout, 'Value added\n')
  assert.equal(
    stderr,
    'strongroom: warning: a value on the command line is visible to others; use --file\n',
  )
  assert.equal(server.secrets.get('acme:variable:a')?.toString(), 'c4n4ry')
})

test('`argv/env`: a value that is typed is neither shown nor part of the output', async () => {
  await using server = await startStandIn()
  const argv = ['variable', 'set', '-i', 'a']
  const answers = new Map([['Value of a: ', 'c4n4ry']])
  assert.deepEqual(await runOnTerminal('cli', argv, server.environment, answers), {
    exitCode: 0,
    screen: 'Value of a: \r\nValue added\r\n',
  })
  assert.equal(server.secrets.get('acme:variable:a')?.toString(), 'c4n4ry')
})

test('a reader that goes away ends the program quietly', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.alloc(4_000_000, 'x'))
  const child = spawn(process.execPath, programArguments('cli', ['variable', 'get', '-i', 'a']), {
    env: server.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = endOf(child)
  const stderr = text(child.stderr)
  child.stdout.once('data', () => child.stdout.destroy())
  assert.equal((await ended).exitCode, 141)
  assert.equal(await stderr, '')
})
