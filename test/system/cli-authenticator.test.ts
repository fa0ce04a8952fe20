import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProgram } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const run = (server: StandIn, ...argv: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram('cli', ['authenticator', ...argv], server)

test('authenticator enable and disable say so to the server, and to the person', async () => {
  await using server = await startStandIn()
  server.answer = ({ method }) => (method === 'PATCH' ? [204] : undefined)
  for (const [verb, id, path, enabled] of [
    ['enable', 'authn-jwt/kube', '/authn-jwt/kube/acme', true],
    ['disable', 'authn-jwt/a.b c', '/authn-jwt/a.b%20c/acme', false],
    ['enable', 'authn-gcp', '/authn-gcp/acme', true],
  ] as const) {
    assert.deepEqual(await run(server, verb, '-i', id), {
      exitCode: 0,
      signal: null,
      stdout: `Authenticator ${id} is ${verb}d\n`,
      stderr: '',
    })
    const seen = server.seen.at(-1) ?? assert.fail('nothing was asked')
    assert.deepEqual(
      [seen.method, seen.path, seen.body.toString()],
      ['PATCH', path, `enabled=${enabled}`],
    )
    assert.equal(seen.headers['content-type'], 'application/x-www-form-urlencoded')
  }
})

test('what is not the name of an authenticator is never sent', async () => {
  await using server = await startStandIn()
  for (const id of ['kube', 'authn-jwt/a/b', 'policies/x', '']) {
    const { exitCode, stderr } = await run(server, 'enable', '-i', id)
    assert.equal(exitCode, 2)
    assert.match(stderr, /is not an authenticator/)
  }
  assert.ok(server.seen.every(({ method }) => method !== 'PATCH'))
})

test('an authenticator that is not there is told from a login that is refused', async () => {
  await using server = await startStandIn()
  server.answer = ({ method }) => (method === 'PATCH' ? [401] : undefined)
  const missing = await run(server, 'enable', '-i', 'authn-jwt/nothing')
  assert.equal(missing.exitCode, 6)
  assert.match(missing.stderr, /there is no authenticator `authn-jwt\/nothing`/)
  server.answer = ({ path }) => (path.endsWith('/authenticate') ? [401] : undefined)
  assert.equal((await run(server, 'enable', '-i', 'authn-jwt/nothing')).exitCode, 4)
})

test('without the privilege it is forbidden', async () => {
  await using server = await startStandIn()
  server.answer = ({ method }) => (method === 'PATCH' ? [403] : undefined)
  assert.equal((await run(server, 'disable', '-i', 'authn-jwt/kube')).exitCode, 5)
})
