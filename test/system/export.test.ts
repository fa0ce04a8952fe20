import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generateMasterKey } from '#crypto/master-key.ts'
import { admin } from './admin-program.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

const BINARY = randomBytes(100_000)

let installation: Installation
let node: TestNode
let file: string

before(async () => {
  installation = await startInstallation()
  node = await installation.start()
  const token = await node.tokenFor('admin', node.adminKey)
  const policy = `- !variable\n  id: canary-4711\n  annotations: { note: "tab\\t, line\\n, quote\\" and ü" }\n- !variable big\n`
  await node.as(token, { method: 'POST', path: '/policies/acme/policy/root', body: policy })
  for (const value of ['one', 'canary-value']) {
    await node.as(token, {
      method: 'POST',
      path: '/secrets/acme/variable/canary-4711',
      body: value,
    })
  }
  await node.as(token, { method: 'POST', path: '/secrets/acme/variable/big', body: BINARY })
  const run = await admin(installation.environment, [
    'export',
    '-o',
    installation.folder,
    '-l',
    'x',
  ])
  assert.equal(run.exitCode, 0, run.stderr)
  file = run.stdout.trim()
})
after(() => installation[Symbol.asyncDispose]())

test('an export is one file for its owner alone, and shows nothing without the master key', async () => {
  assert.equal(file, join(installation.folder, 'x.strongroom'))
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.ok(!(await readFile(file)).includes('canary'))
})

test('an export never replaces a file', async () => {
  const run = await admin(installation.environment, [
    'export',
    '-o',
    installation.folder,
    '-l',
    'x',
  ])
  assert.equal(run.exitCode, 2)
  assert.match(run.stderr, /cannot make the file/)
})

test('an export is put back into a new database, and the server goes on with everything that was', async () => {
  await using fresh = await startInstallation()
  const environment = {
    ...fresh.environment,
    STRONGROOM_MASTER_KEY: installation.environment['STRONGROOM_MASTER_KEY'] ?? '',
  }
  const run = await admin(environment, ['restore', file])
  assert.deepEqual([run.exitCode, run.stderr], [0, 'Restored\n'])
  const again = await fresh.start(environment)
  assert.equal(again.adminKey, '')
  const token = await again.tokenFor('admin', node.adminKey)
  const get = async (path: string): Promise<Buffer> => {
    const answer = await again.as(token, { method: 'GET', path })
    assert.equal(answer.status, 200, path)
    return answer.body
  }
  assert.equal((await get('/secrets/acme/variable/canary-4711')).toString(), 'canary-value')
  assert.equal((await get('/secrets/acme/variable/canary-4711?version=1')).toString(), 'one')
  assert.deepEqual(await get('/secrets/acme/variable/big'), BINARY)
  const shown = (await get('/resources/acme/variable/canary-4711')).toString()
  assert.ok(shown.includes(JSON.stringify('tab\t, line\n, quote" and ü')), shown)
  assert.match((await get('/resources/acme?search=canary')).toString(), /canary-4711/)
  assert.match((await get('/audit/acme')).toString(), /"operation":"create"/)
  const loaded = await again.as(token, {
    method: 'POST',
    path: '/policies/acme/policy/root',
    body: '- !variable new',
  })
  assert.deepEqual(JSON.parse(loaded.body.toString()), { created_roles: {}, version: 2 })
})

test('a database that holds anything takes no export', async () => {
  const run = await admin(installation.environment, ['restore', file])
  assert.equal(run.exitCode, 7)
  assert.match(run.stderr, /not empty/)
})

test('the wrong master key or an altered file puts nothing back', async () => {
  await using fresh = await startInstallation()
  const environment = {
    ...fresh.environment,
    STRONGROOM_MASTER_KEY: installation.environment['STRONGROOM_MASTER_KEY'] ?? '',
  }
  const wrong = { ...environment, STRONGROOM_MASTER_KEY: generateMasterKey() }
  assert.match((await admin(wrong, ['restore', file])).stderr, /does not open/)
  const bytes = await readFile(file)
  const short = join(fresh.folder, 'short.strongroom')
  await writeFile(short, bytes.subarray(0, -100))
  assert.match((await admin(environment, ['restore', short])).stderr, /does not open/)
  assert.equal((await admin(environment, ['restore', '/no/such/file'])).exitCode, 2)
  assert.equal((await admin(environment, ['restore', file])).exitCode, 0)
})
