import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { VERSION } from '../../src/main/version.ts'
import { temporaryFolder } from './database.ts'
import { runProgram } from './program.ts'
import { startStandIn } from './stand-in-server.ts'

/** What the shown secrets are made of: a key that looks like one, and texts that look like nothing. */
const KEY = '1c4n4ry'.padEnd(52, '0')

test('`error-canary`: --debug shows the requests of every command that handles secrets, and no secret', async () => {
  await using server = await startStandIn()
  const token = { expiration: 'x', cidr: [], token: KEY }
  server.answer = ({ method, path, headers }) => {
    if (path === '/authn/acme/api_key') return [200, KEY]
    if (path === '/authn/acme/password') return [204]
    if (path === '/authn/acme/login' && headers.authorization !== undefined)
      return [200, 'admin-key']
    if (path.startsWith('/host_factory_tokens')) return method === 'POST' ? [200, [token]] : [204]
    if (path === '/host_factories/hosts') return [201, { id: 'h', owner: 'o', api_key: KEY }]
    if (path.startsWith('/policies')) {
      return [201, { created_roles: { h: { id: 'h', api_key: KEY } }, version: 1 }]
    }
    return undefined
  }
  for (const [argv, input, asked] of [
    [['variable', 'set', '-i', 'a', '-f', '-'], 'c4n4ry', 'POST /secrets/acme/variable/a 201'],
    [['variable', 'get', '-i', 'a'], '', 'GET /secrets/acme/variable/a 200'],
    [['user', 'rotate-api-key', '-i', 'bob'], '', 'PUT /authn/acme/api_key 200'],
    [['user', 'change-password'], 'c4n4ry', 'PUT /authn/acme/password 204'],
    [['hostfactory', 'tokens', 'create', '-i', 'f'], '', 'POST /host_factory_tokens 200'],
    [['hostfactory', 'tokens', 'revoke', '-t', '-'], KEY, 'DELETE /host_factory_tokens/… 204'],
    [
      ['hostfactory', 'hosts', 'create', '-i', 'h', '-t', '-'],
      KEY,
      'POST /host_factories/hosts 201',
    ],
    [['policy', 'load', '-b', 'root', '-f', '-'], 'x', 'POST /policies/acme/policy/root 201'],
    [['authenticate'], '', 'POST /authn/acme/admin/authenticate 200'],
  ] as const) {
    const start = { environment: server.environment, input }
    const { exitCode, stderr } = await runProgram('cli', [...argv, '--debug'], start)
    assert.equal(exitCode, 0, `${argv.join(' ')}: ${stderr}`)
    assert.ok(stderr.includes(`${asked}\n`), stderr)
    assert.doesNotMatch(stderr, /c4n4ry|admin-key|slosilo|Token token|Basic/, argv.join(' '))
  }
})

test('a flag of every command may stand before the command or after it', async () => {
  await using server = await startStandIn()
  for (const argv of [
    ['--output', 'yaml', 'whoami'],
    ['whoami', '--output', 'yaml'],
    ['--output', 'json', 'whoami', '--output', 'yaml'],
  ]) {
    const { stdout } = await runProgram('cli', argv, server)
    assert.match(stdout, /^client_ip: 127\.0\.0\.1\n/)
  }
})

test('the program can be called by another name, as scripts for the Conjur CLI do', async () => {
  await using folder = await temporaryFolder()
  const conjur = join(folder.path, 'conjur')
  await symlink(resolve('bin/strongroom.js'), conjur)
  const { status, stdout } = spawnSync(process.execPath, [conjur, '--version'], {
    encoding: 'utf8',
  })
  assert.deepEqual([status, stdout], [0, `${VERSION}\n`])
})
