import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chown, cp, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { findBinaries } from '#storage/embedded/binaries.ts'
import { runProgram } from '#storage/embedded/program.ts'
import { prepareRuntime } from '#storage/embedded/runtime.ts'
import type { Embedded } from '#storage/embedded/server.ts'
import { spawnServer, startDatabase, startServer, temporaryFolder } from './database.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 }
const asRoot = isRoot ? {} : { skip: 'only root can lend users' }

async function query(database: Pick<Embedded, 'connection'>, text: string): Promise<unknown[][]> {
  const client = new Client({ ...database.connection })
  await client.connect()
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows
  } finally {
    await client.end()
  }
}

/** Whether process `pid` runs; one that has ended and whose parent never asked for it does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return false
  }
}

/** Waits until process `pid` has ended; the timeout of the test run bounds it. */
async function ended(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(5)
}

test('what was stored is there after a restart, which takes less than two seconds', async () => {
  await using folder = await temporaryFolder()
  const first = await startDatabase(folder.path)
  await query(first, 'create table kept as select 7 as n')
  await first.stop()
  const begin = performance.now()
  await using second = await startDatabase(folder.path)
  assert.ok(performance.now() - begin < 2_000)
  assert.deepEqual(await query(second, 'select n from kept'), [[7]])
})

test('a stopped database leaves no process, no lock and no socket', async () => {
  await using folder = await temporaryFolder()
  const database = await startDatabase(folder.path)
  const { pid } = database
  await database.stop()
  assert.equal(isAlive(pid), false)
  await assert.rejects(stat(join(folder.path, 'postgres/data/postmaster.pid')), { code: 'ENOENT' })
  await assert.rejects(stat(join(folder.path, 'postgres/run')), { code: 'ENOENT' })
  await (await startDatabase(folder.path)).stop()
})

test('the database is durable, checks its pages, speaks UTF-8 and listens on no network', async () => {
  await using database = await startDatabase()
  const names = [
    'fsync',
    'synchronous_commit',
    'full_page_writes',
    'data_checksums',
    'server_encoding',
  ]
  const settings = [...names, 'listen_addresses', 'lc_collate', 'log_statement']
  const shown = await query(
    database,
    `select name, setting from pg_settings where name in (${settings.map((name) => `'${name}'`).join()})
     union select 'lc_collate', datcollate from pg_database where datname = current_database()`,
  )
  assert.deepEqual(Object.fromEntries(shown), {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    data_checksums: 'on',
    server_encoding: 'UTF8',
    listen_addresses: '',
    lc_collate: 'C',
    log_statement: 'none',
  })
})

test('the role that the server uses is no superuser, and no other role can log in', async () => {
  await using database = await startDatabase()
  const roles = await query(
    database,
    `select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user`,
  )
  assert.deepEqual(roles, [[false, false, false]])
  const asSuperuser = { connection: { ...database.connection, user: 'postgres' } }
  await assert.rejects(query(asSuperuser, 'select 1'), { code: '28000' })
})

test('the folders of the database are its own', async () => {
  await using folder = await temporaryFolder()
  await using database = await startDatabase(folder.path)
  const status = await readFile(`/proc/${database.pid}/status`, 'utf8')
  const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
  assert.notEqual(uid, 0)
  for (const name of ['data', 'run']) {
    const { mode, uid: owner } = await stat(join(folder.path, 'postgres', name))
    assert.deepEqual([mode & 0o777, owner], [0o700, uid])
  }
})

test(
  'another user of the machine is refused, even the one that the database runs as',
  asRoot,
  async () => {
    await using database = await startDatabase()
    const program = `import { Client } from 'pg'
    const client = new Client({ host: process.argv[1], user: 'strongroom', database: 'strongroom' })
    client.on('error', () => undefined)
    await client.connect().then(() => console.log('in'), (error) => console.log(error.code))
    process.exit(0)`
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', program, database.connection.host],
      {
        uid: NOBODY.uid,
        gid: NOBODY.gid,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const output: readonly unknown[] = await once(child.stdout, 'data')
    assert.equal(String(output[0]).trim(), '28000')
  },
)

test('nothing of a statement that fails is in the log', async () => {
  await using database = await startDatabase()
  await query(database, 'create table single (name text primary key)')
  await query(database, `insert into single values ('canary')`)
  await assert.rejects(query(database, `insert into single values ('canary')`), { code: '23505' })
  await assert.rejects(query(database, `select 'canary'::int`), { code: '22P02' })
  await assert.rejects(query(database, `select canary`), { code: '42703' })
  await database.stop()
  assert.ok(database.log.some((line) => line.includes('duplicate key')))
  const told = database.log.filter(
    (line) => line.includes('canary') && !/invalid input|does not exist/.test(line),
  )
  assert.deepEqual(told, [])
})

test('a killed database is started again', async () => {
  await using database = await startDatabase()
  await query(database, 'create table kept as select 7 as n')
  const { pid } = database
  process.kill(pid, 'SIGKILL')
  while (database.pid === pid) await delay(5)
  assert.deepEqual(await query(database, 'select n from kept'), [[7]])
})

test('a second server on the same data is refused and the first goes on', async () => {
  await using folder = await temporaryFolder()
  await using database = await startDatabase(folder.path)
  await using second = await startServer(folder.path)
  assert.equal(
    second.said,
    `failed configuration the data directory ${folder.path} is already in use by process ${process.pid}`,
  )
  assert.deepEqual(await query(database, 'select 1'), [[1]])
})

test('a server that exits takes its database with it', async () => {
  await using folder = await temporaryFolder()
  const server = await startServer(folder.path)
  const pid = pidIn(server.said)
  await server[Symbol.asyncDispose]()
  await ended(pid)
})

test('the database of a killed server is ended by the next start, and its data is there', async () => {
  await using folder = await temporaryFolder()
  await using server = await startServer(folder.path)
  const orphan = pidIn(server.said)
  await kill(server.process)
  assert.ok(isAlive(orphan))
  await using next = await startDatabase(folder.path)
  assert.equal(isAlive(orphan), false)
  assert.deepEqual(await query(next, 'select 1'), [[1]])
})

test('a lock that names a process of something else is removed, and that process lives on', async () => {
  await using folder = await temporaryFolder()
  await using server = await startServer(folder.path)
  const lock = join(folder.path, 'postgres/data/postmaster.pid')
  const text = await readFile(lock, 'utf8')
  process.kill(pidIn(server.said), 'SIGKILL')
  await kill(server.process)
  const bystander = spawn('sleep', ['600'], { cwd: folder.path, ...(isRoot ? NOBODY : {}) })
  try {
    await writeFile(lock, text.replace(/^\d+/, String(bystander.pid)))
    await using database = await startDatabase(folder.path)
    assert.deepEqual(await query(database, 'select 1'), [[1]])
    assert.equal(bystander.exitCode ?? bystander.signalCode, null)
  } finally {
    await kill(bystander)
  }
})

test('`kill-9`: a start that is killed while it makes the database leaves a folder that the next start can use', async () => {
  for (const milliseconds of [60, 150, 250, 400, 550, 700]) {
    await using folder = await temporaryFolder()
    const child = spawnServer(folder.path)
    await delay(milliseconds)
    await kill(child)
    await using database = await startDatabase(folder.path)
    assert.deepEqual(await query(database, 'select 1'), [[1]])
  }
})

test('data of another major version is refused by name', async () => {
  await using folder = await temporaryFolder()
  await (await startDatabase(folder.path)).stop()
  await writeFile(join(folder.path, 'postgres/data/PG_VERSION'), '17\n')
  await assert.rejects(startDatabase(folder.path), {
    code: 'configuration',
    message: /written by PostgreSQL 17/,
  })
})

test(
  'a data directory that the database cannot reach is refused with the folder that is in the way',
  asRoot,
  async () => {
    await using folder = await temporaryFolder()
    const closed = join(folder.path, 'closed')
    await mkdir(closed, { mode: 0o700 })
    await assert.rejects(startDatabase(join(closed, 'data')), {
      code: 'configuration',
      message: new RegExp(`may not enter ${closed}$`),
      hint: /\/var\/lib\/strongroom/,
    })
  },
)

test('binaries that the database cannot read are copied, once', asRoot, async () => {
  await using folder = await temporaryFolder()
  const [closed, home] = [join(folder.path, 'closed'), join(folder.path, 'home')]
  await mkdir(closed, { mode: 0o700 })
  await mkdir(home)
  const binaries = await findBinaries()
  const hidden = { ...binaries, folder: join(closed, 'native') }
  await cp(binaries.folder, hidden.folder, { recursive: true })
  const runtime = await prepareRuntime(hidden, home, NOBODY)
  assert.equal(runtime.bin, join(home, `runtime-${binaries.version}`, 'bin'))
  const { ino } = await stat(runtime.bin)
  await runProgram({ runtime, user: NOBODY }, 'postgres', ['--version'])
  await runProgram({ runtime, user: NOBODY }, 'initdb', ['--version'])
  const again = await prepareRuntime(hidden, home, NOBODY)
  assert.equal((await stat(again.bin)).ino, ino)
})

test('a server without privileges runs its database as itself', asRoot, async () => {
  await using folder = await temporaryFolder()
  await chown(folder.path, NOBODY.uid, NOBODY.gid)
  await using server = await startServer(folder.path, NOBODY.uid)
  const pid = pidIn(server.said)
  assert.equal(await readlink(`/proc/${pid}/cwd`), join(folder.path, 'postgres/data'))
})

test('a server whose user has no name is told what to do', asRoot, async () => {
  await using folder = await temporaryFolder()
  await chown(folder.path, 54_321, 54_321)
  await using server = await startServer(folder.path, 54_321)
  assert.equal(
    server.said,
    'failed configuration the embedded database needs a user name, and uid 54321 has none',
  )
})

test('a data directory whose path is too long for a socket gets its socket in the temporary folder', async () => {
  await using folder = await temporaryFolder()
  const database = await startDatabase(join(folder.path, 'x'.repeat(100)))
  const { host } = database.connection
  assert.ok(!host.startsWith(folder.path))
  assert.deepEqual(await query(database, 'select 1'), [[1]])
  await database.stop()
  await assert.rejects(stat(host), { code: 'ENOENT' })
})

test('a data directory behind a symbolic link is the directory it points to', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'real'))
  await symlink('real', join(folder.path, 'link'))
  await using database = await startDatabase(join(folder.path, 'link'))
  assert.deepEqual(await query(database, 'select 1'), [[1]])
  await assert.rejects(startDatabase(join(folder.path, 'real')), { code: 'configuration' })
})

function pidIn(said: string): number {
  const pid = /^ready (\d+)$/.exec(said)?.[1]
  assert.ok(pid, said)
  return Number(pid)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
