import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Client } from 'pg'
import { storeConformance } from '../conformance/store.ts'
import type { Store } from '#app/store.ts'
import type { Change } from '#domain/change.ts'
import { type Id, makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { InDoubt } from '#lib/in-doubt.ts'
import { connectionOf } from '#storage/postgres/connection.ts'
import { openLine } from '#storage/postgres/line.ts'
import { openPool } from '#storage/postgres/pool.ts'
import { statement } from '#storage/postgres/statement.ts'
import { openTestStore, startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

storeConformance('embedded PostgreSQL', () => openTestStore(database.connection))

const url = process.env['STRONGROOM_TEST_DATABASE_URL']
if (url === undefined) {
  test('the database of STRONGROOM_TEST_DATABASE_URL', { skip: 'the variable is not set' })
} else {
  storeConformance('PostgreSQL of STRONGROOM_TEST_DATABASE_URL', () => openTestStore(url))
}

test('stores that open one empty database at once make one schema', async () => {
  await using fresh = await startDatabase()
  const stores = await Promise.all([1, 2, 3].map(() => openTestStore(fresh.connection)))
  assert.deepEqual(await Promise.all(stores.map((store) => store.accounts())), [[], [], []])
  await Promise.all(stores.map((store) => store.close()))
})

test('a load may have more changes than a call may have arguments', async () => {
  await using fresh = await startDatabase()
  await using store = await openTestStore(fresh.connection)
  const key = { kid: 'k', sealedPrivateKey: new Uint8Array(1), publicKeyPem: 'p' }
  const [resource, role] = [makeId('big', 'variable', 'v'), makeId('big', 'group', 'g')]
  const changes = Array.from({ length: 200_000 }, (_, index): Change => {
    const privilege = `p${index}`
    return { op: 'add', row: { table: 'permission', resource, role, privilege } }
  })
  await store.createAccount('big', { ...key, account: 'big' }, async () => undefined)
  await store.change('big', (transaction) => transaction.apply(changes))
  assert.equal([...(await store.snapshot()).rows].length, changes.length)
  assert.equal((await store.since(0))?.changes.length, changes.length)
})

test('a newer schema is refused, and nothing is touched', async () => {
  await using fresh = await startDatabase()
  await using store = await openTestStore(fresh.connection)
  const client = new Client({ ...fresh.connection })
  await client.connect()
  await client.query('insert into schema_version (version) values (999)')
  await client.end()
  await assert.rejects(openTestStore(fresh.connection), {
    code: 'configuration',
    message: /schema 999/,
  })
  assert.deepEqual(await store.accounts(), [])
})

test('a database that refuses the user is a matter of configuration', async () => {
  const connection = { ...database.connection, user: 'somebody' }
  await assert.rejects(openTestStore(connection), { code: 'configuration' })
})

test('`kill-9`: a transaction whose database is killed fails as unavailable, and the next one goes through', async () => {
  await using fresh = await startDatabase()
  await using store = await openTestStore(fresh.connection)
  const { account, role } = await newAccount(store)
  const { pid } = fresh
  const dying = store.change(account, async (transaction) => {
    await transaction.apply([addRole(role('lost'))])
    for (const backend of [pid, ...(await pidsOf(fresh))]) process.kill(backend, 'SIGKILL')
    await transaction.apply([addRole(role('lost too'))])
  })
  await assert.rejects(dying, { code: 'unavailable' })
  await store.change(account, (transaction) => transaction.apply([addRole(role('kept'))]))
  await store.ping()
  assert.notEqual(fresh.pid, pid)
  const { rows } = await store.snapshot()
  assert.deepEqual([...rows], [{ table: 'role', id: role('kept') }])
})

test('`kill-9`: a database that is killed while it is written to has every acknowledged write', async () => {
  await using fresh = await startDatabase()
  await using store = await openTestStore(fresh.connection)
  const { account, role } = await newAccount(store)
  const acknowledged: Id[] = []
  for (const round of [1, 2, 3]) {
    const { pid } = fresh
    const isOver = (): boolean => fresh.pid !== pid
    const writing = writeUntil(isOver, async (n) => {
      const id = role(`${round}-${n}`)
      await store.change(account, (transaction) => transaction.apply([addRole(id)]))
      acknowledged.push(id)
      if (n === 20) process.kill(pid, 'SIGKILL')
    })
    await writing
  }
  const { rows } = await store.snapshot()
  const found = new Set(Array.from(rows, (row) => ('id' in row ? row.id : '')))
  assert.ok(acknowledged.length > 60)
  assert.deepEqual(
    acknowledged.filter((id) => !found.has(id)),
    [],
  )
})

/** Writes one thing after the other until `isOver`; a write may fail as unavailable, and in no other way. */
async function writeUntil(
  isOver: () => boolean,
  write: (n: number) => Promise<void>,
): Promise<void> {
  for (let n = 0; !isOver(); n++) {
    try {
      await write(n)
    } catch (error) {
      assert.ok(error instanceof Failure)
      assert.equal(error.code, 'unavailable')
    }
  }
}

const addRole = (id: Id): Change => ({ op: 'add', row: { table: 'role', id } })

async function newAccount(
  store: Store,
): Promise<{ readonly account: string; readonly role: (name: string) => Id }> {
  const account = `a${randomBytes(4).toString('hex')}`
  const key = { account, kid: account, sealedPrivateKey: Buffer.from('k'), publicKeyPem: 'p' }
  await store.createAccount(account, key, async () => undefined)
  return { account, role: (name) => makeId(account, 'user', name) }
}

test('a database that stopped answering makes every call fail within its deadline, and none hang', async () => {
  await using fresh = await startDatabase()
  await using store = await openTestStore(fresh.connection, { short: 300, long: 300 })
  await store.ping()
  const backends = await pidsOf(fresh)
  for (const pid of [fresh.pid, ...backends]) process.kill(pid, 'SIGSTOP')
  try {
    const role = makeId('a', 'user', 'alice')
    const calls = [
      store.ping(),
      store.read([{ resource: role }]),
      store.snapshot(),
      store.since(0),
      store.record([]).then(() => store.accounts()),
      store.credential(role),
      store.annotations(role),
      store.details([role]),
      store.search('a', 'x'),
      store.audit({ account: 'a', limit: 1 }),
      store.change('a', async () => undefined),
      store.writeSecret(
        role,
        () => undefined,
        () => assert.fail('no version'),
        1,
      ),
    ]
    await Promise.all(calls.map((call) => assert.rejects(call, { code: 'unavailable' })))
  } finally {
    for (const pid of [fresh.pid, ...backends]) process.kill(pid, 'SIGCONT')
  }
  await store.ping()
})

test('a statement after one that was too late gets a connection of its own at once', async () => {
  const line = openLine(database.connection)
  const slow = line.query(statement('slow', 'select pg_sleep(10)'), [], 50)
  await assert.rejects(slow, { code: 'unavailable' })
  assert.deepEqual(await line.query(statement('quick', "select 'here'"), [], 5_000), [['here']])
  await line.close()
})

/** The processes of the connections that are open now. */
async function pidsOf({ connection }: TestDatabase): Promise<readonly number[]> {
  const client = new Client({ ...connection })
  await client.connect()
  const { rows } = await client.query<{ pid: number }>(
    'select pid from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()',
  )
  await client.end()
  return rows.map(({ pid }) => pid)
}

/** What the database does when it is asked to commit a row of `last`, by the word in the row. */
const AT_COMMIT = `
create table last (word text);
create function at_commit() returns trigger language plpgsql as $$ begin
  if new.word = 'dies' then perform pg_terminate_backend(pg_backend_pid()); end if;
  if new.word = 'hangs' then perform pg_sleep(60); end if;
  if new.word = 'full' then raise exception 'no space' using errcode = 'disk_full'; end if;
  return null;
end $$;
create constraint trigger at_commit after insert on last deferrable initially deferred
  for each row execute function at_commit();`

test('a failure is in doubt when the database went away over a commit, and not when it refused, or before', async () => {
  await using fresh = await startDatabase()
  const pool = openPool(connectionOf(fresh.connection), 2, 60_000)
  try {
    await pool.transaction('begin', 5000, (transaction) => transaction.query(AT_COMMIT))
    const failure = (...statements: readonly string[]): Promise<unknown> =>
      pool
        .transaction('begin', 1000, async (transaction) => {
          for (const text of statements) await transaction.query(text)
        })
        .catch((error: unknown) => error)
    const insert = (word: string): string => `insert into last values ('${word}')`
    const ending = 'select pg_terminate_backend(pg_backend_pid())'

    for (const word of ['dies', 'hangs'])
      assert.ok((await failure(insert(word))) instanceof InDoubt)
    const certain = [
      await failure(insert('full')),
      await failure(ending),
      await failure('select pg_sleep(60)'),
    ]
    for (const error of certain) {
      assert.ok(error instanceof Failure && !(error instanceof InDoubt))
      assert.equal(error.code, 'unavailable')
    }
    assert.equal(await failure(insert('well')), undefined)
  } finally {
    await pool.close()
  }
})
