import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Answer } from '#client/transport.ts'
import type { ServerProcess } from '../../scripts/server-process.ts'
import { childrenOf, eventually, isAlive, mustHavePostmaster, signalTo } from './processes.ts'
import { mustBe, mustBeLoaded, type Rest } from './rest.ts'
import { type ServerHome, serverHome } from './server-home.ts'

/** The database gets 5 s to answer; a request that waited behind another may wait for both. */
const LONGEST_MS = 12_000
const RECOVERY_MS = 20_000

/** A server that holds `kept`, and its administrator. */
async function serve(home: ServerHome): Promise<{ server: ServerProcess; admin: Rest }> {
  const server = await home.start()
  const admin = await home.admin(server)
  mustBeLoaded(await admin.load('- !variable kept\n- !variable other\n'))
  mustBe(201, await admin.write('kept', 'acknowledged'))
  return { server, admin }
}

/** What asks during an outage may be told to come back, and nothing else. */
function mustBeRefused({ status, headers, body }: Answer): void {
  assert.equal(status, 503)
  assert.equal(headers['retry-after'], '1')
  assert.match(body.toString(), /"code":"unavailable"/)
}

/** The longest that one request of a {@link readUntil} took, in milliseconds, and how many of them were refused. */
interface Reading {
  readonly longest: number
  readonly refused: number
}

/** Reads `kept` over and over until `isOver`: every answer must be the value, or a refusal that asks to come back. */
async function readUntil(rest: Rest, isOver: () => boolean): Promise<Reading> {
  let longest = 0
  let refused = 0
  while (!isOver()) {
    const began = performance.now()
    const answer = await rest.read('kept')
    longest = Math.max(longest, performance.now() - began)
    if (answer.status === 200) assert.equal(answer.body.toString(), 'acknowledged')
    else {
      mustBeRefused(answer)
      refused += 1
    }
  }
  return { longest, refused }
}

const isReady = async (rest: Rest): Promise<true | undefined> =>
  (await rest.get('/readyz')).status === 200 ? true : undefined

const MB = 1024 * 1024
const NAMES = Array.from({ length: 100 }, (_, index) => `big-${index}`)

/** A disk that is gone after the test. */
interface Disk extends Disposable {
  /** Why there is none: this user may not mount one. */
  readonly refusal?: string
}

/** Mounts a disk of so many MB at `folder`. */
function smallDisk(folder: string, sizeMb: number): Disk {
  mkdirSync(folder)
  const options = `size=${sizeMb}m,mode=755`
  const made = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'strongroom-test', folder])
  if (made.status !== 0) {
    const refusal = made.error?.message ?? made.stderr.toString().split('\n', 1)[0] ?? ''
    return { refusal, [Symbol.dispose]: () => undefined }
  }
  return {
    [Symbol.dispose]() {
      // Lazily, because a process that is about to end may still have a file open.
      const { status, stderr } = spawnSync('umount', ['--lazy', folder])
      assert.equal(status, 0, stderr.toString())
    },
  }
}

/** Sets one variable after the other until one is refused: what was acknowledged, and the refusal. */
async function fill(
  admin: Rest,
): Promise<{ readonly acknowledged: ReadonlyMap<string, Buffer>; readonly refusal: Answer }> {
  const acknowledged = new Map<string, Buffer>()
  for (const name of NAMES) {
    const value = randomBytes(MB)
    const answer = await admin.write(name, value)
    if (answer.status !== 201) return { acknowledged, refusal: answer }
    acknowledged.set(name, value)
  }
  throw new Error('the disk is larger than everything that was written')
}

// They wait most of the time, each for a server of its own.
describe('a server whose database fails', { concurrency: true }, () => {
  test('a killed database is started again by itself; meanwhile requests wait or are told to come back', async () => {
    await using home = await serverHome()
    const { server, admin } = await serve(home)
    const postmaster = mustHavePostmaster(home.dataDir)
    let isOver = false
    const reading = Promise.all([1, 2, 3, 4].map(() => readUntil(admin, () => isOver)))
    signalTo(postmaster, 'SIGKILL')
    await eventually('another database serves', RECOVERY_MS, () =>
      server.lines.some((line) => line.includes('the database is back')) ? true : undefined,
    )
    await eventually('the server is ready', RECOVERY_MS, () => isReady(admin))
    isOver = true
    for (const { longest } of await reading) assert.ok(longest < LONGEST_MS, `${longest} ms`)
    assert.notEqual(mustHavePostmaster(home.dataDir), postmaster)
    mustBe(201, await admin.write('other', 'written after'))
    assert.equal((await admin.read('kept')).body.toString(), 'acknowledged')
  })

  test('a database that cannot come back takes readiness with it, not life, and the server recovers with it', async () => {
    await using home = await serverHome()
    const { admin } = await serve(home)
    const data = join(home.dataDir, 'postgres', 'data')
    const away = join(home.dataDir, 'postgres', 'away')
    let isOver = false
    const reading = Promise.all([1, 2].map(() => readUntil(admin, () => isOver)))
    const postmaster = mustHavePostmaster(home.dataDir)
    renameSync(data, away)
    try {
      signalTo(postmaster, 'SIGKILL')
      await eventually('the database is gone', RECOVERY_MS, () => !isAlive(postmaster) || undefined)
      const asked = [
        admin.get('/readyz'),
        admin.write('kept', 'refused'),
        admin.load('- !variable refused\n'),
        admin.authenticate('admin', 'whatever'),
      ]
      mustBe(200, await admin.get('/healthz'))
      for (const answer of await Promise.all(asked)) mustBeRefused(answer)
    } finally {
      renameSync(away, data)
    }
    await eventually('the server is ready', RECOVERY_MS, () => isReady(admin))
    isOver = true
    for (const { longest, refused } of await reading) {
      assert.ok(longest < LONGEST_MS, `${longest} ms`)
      assert.ok(refused > 0)
    }
    assert.equal((await admin.read('kept')).body.toString(), 'acknowledged')
    mustBe(404, await admin.get('/resources/default/variable/refused'))
  })

  test('a database that hangs costs every request its deadline and no more, and a stop as well', async () => {
    await using home = await serverHome()
    const { server, admin } = await serve(home)
    const postmaster = mustHavePostmaster(home.dataDir)
    const stopAll = (): readonly number[] => {
      const processes = [postmaster, ...childrenOf(postmaster)]
      for (const pid of processes) signalTo(pid, 'SIGSTOP')
      return processes
    }
    let stopped = stopAll()
    try {
      const began = performance.now()
      const asked = await Promise.all([
        admin.read('kept'),
        admin.write('kept', 'refused'),
        admin.load('- !variable refused\n'),
        admin.get('/audit/default'),
        admin.get('/readyz'),
      ])
      assert.ok(performance.now() - began < LONGEST_MS)
      for (const answer of asked) mustBeRefused(answer)
      mustBe(200, await admin.get('/healthz'))
      for (const pid of stopped) signalTo(pid, 'SIGCONT')
      await eventually('the server is ready', RECOVERY_MS, () => isReady(admin))
      assert.equal((await admin.read('kept')).body.toString(), 'acknowledged')

      stopped = stopAll()
      assert.equal(await server.stop(), 0)
      assert.equal(isAlive(postmaster), false)
    } finally {
      for (const pid of stopped) signalTo(pid, 'SIGKILL')
    }
    const again = await home.admin(await home.start())
    assert.equal((await again.read('kept')).body.toString(), 'acknowledged')
  })

  test('a full disk is refused clearly, loses nothing that was acknowledged, and space is enough to recover (attack `audit-block`)', async (t) => {
    await using home = await serverHome()
    const disk = join(home.folder, 'disk')
    using mounted = smallDisk(disk, 128)
    if (mounted.refusal !== undefined) {
      t.skip(`it needs the right to mount a small disk: ${mounted.refusal}`)
      return
    }
    const server = await home.start({ dataDir: join(disk, 'data') })
    const admin = await home.admin(server)
    mustBeLoaded(await admin.load(NAMES.map((name) => `- !variable ${name}\n`).join('')))
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(32 * MB, 'x'))

    const { acknowledged, refusal } = await fill(admin)
    mustBeRefused(refusal)
    assert.ok(acknowledged.size > 0)
    const began = performance.now()
    const [name = ''] = acknowledged.keys()
    // What cannot be recorded is not released.
    mustBeRefused(await admin.read(name))
    assert.ok(performance.now() - began < LONGEST_MS)
    mustBe(200, await admin.get('/healthz'))

    rmSync(ballast)
    await eventually('it takes writes again', RECOVERY_MS, async () =>
      (await admin.write('big-99', 'written after')).status === 201 ? true : undefined,
    )
    for (const [id, value] of acknowledged) {
      assert.ok(mustBe(200, await admin.read(id)).body.equals(value), `${id} has another value`)
    }
    assert.equal(await server.stop(), 0)
  })
})
