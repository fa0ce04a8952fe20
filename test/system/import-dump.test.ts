import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openConjurDump } from '#storage/conjur/dump-source.ts'
import { openConjurSource } from '#storage/conjur/source.ts'
import { admin } from './admin-program.ts'
import type { AdminRun } from './admin-program.ts'
import { makeConjurDatabase } from './conjur-database.ts'
import type { ConjurDatabase } from './conjur-database.ts'
import { startDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'
import { plainDump } from './postgres-dump.ts'

let old: TestDatabase
let conjur: ConjurDatabase
let installation: Installation
let node: TestNode
let dump: string

before(async () => {
  old = await startDatabase()
  conjur = await makeConjurDatabase(old.connection)
  installation = await startInstallation()
  node = await installation.start()
  dump = join(installation.folder, 'conjur.sql')
  await writeFile(dump, await plainDump(old.connection))
})
after(async () => {
  await installation[Symbol.asyncDispose]()
  await old[Symbol.asyncDispose]()
})

const runImport = (argv: readonly string[]): Promise<AdminRun> =>
  admin({ ...installation.environment, STRONGROOM_IMPORT_DATA_KEY: conjur.dataKey }, [
    'import',
    ...argv,
  ])

/** In an order of their own: neither a dump nor a table has one. */
const sorted = (rows: readonly unknown[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row, (_key, value: unknown) => inOrder(value))).toSorted()

const inOrder = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value

test('a dump says, row by row and byte by byte, what the database says that it is of', async () => {
  const dumped = await openConjurDump(dump)
  await using living = openConjurSource(old.connection)
  assert.deepEqual(await dumped.accounts(), await living.accounts())
  const [one, other] = [await dumped.read('old'), await living.read('old')]
  assert.deepEqual(Buffer.from(one.signingKey), Buffer.from(other.signingKey))
  assert.equal(one.issuers, other.issuers)
  for (const list of [
    ...(['roles', 'resources', 'memberships', 'permissions', 'annotations'] as const),
    ...(['credentials', 'policyVersions', 'enablements', 'hostFactoryTokens'] as const),
  ]) {
    assert.ok(other[list].length > 0, list)
    assert.deepEqual(sorted(one[list]), sorted(other[list]), list)
  }
  const secrets = await dumped.secrets('old')
  assert.deepEqual(sorted(secrets), sorted(await living.secrets('old')))
  assert.equal(secrets.length, 4)
  assert.equal((await dumped.secrets('old', secrets[2])).length, 1)
  assert.deepEqual(await dumped.secrets('old', secrets[3]), [])
})

test('a dump is taken over like the database that it is of', async () => {
  const checked = await runImport(['--dump', dump, '--check'])
  assert.equal(checked.stdout, "Account 'old' can be taken over\n")
  const run = await runImport(['--dump', dump])
  assert.equal(run.exitCode, 0, run.stderr)
  assert.match(
    run.stdout,
    /^Imported account 'old': 9 roles, 15 resources, 2 annotations, 4 secret/,
  )
  const token = await node.tokenFor('host/shop/app', conjur.apiKeys.app, 'old')
  const answer = await node.as(token, { method: 'GET', path: '/secrets/old/variable/shop%2Fdb' })
  assert.deepEqual([answer.status, answer.body.toString()], [200, 'value 9'])
})

const REFUSED: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['a dump in the custom format', 'PGDMP\u0001\u000e', /custom format of pg_dump\n.*pg_restore -f/],
  ['a dump of something else', 'SELECT 1;\n', /not a plain dump of a Conjur server/],
  [
    'a dump that ends in the middle',
    'COPY public.slosilo_keystore (id, key) FROM stdin;\nauthn:x\t\\\\x47\n',
    /ends within a table/,
  ],
]

for (const [what, text, message] of REFUSED) {
  test(`${what} is refused by its name`, async () => {
    const file = join(installation.folder, 'other.sql')
    await writeFile(file, text)
    const run = await runImport(['--dump', file])
    assert.notEqual(run.exitCode, 0)
    assert.match(run.stderr, message)
    assert.doesNotMatch(run.stderr, /internal error/)
  })
}

test('a dump that is not there is refused', async () => {
  const run = await runImport(['--dump', '/no/such/dump.sql'])
  assert.deepEqual([run.exitCode, /cannot read `\/no/.test(run.stderr)], [2, true])
})
