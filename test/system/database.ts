import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Embedded, startEmbedded } from '#storage/embedded/server.ts'
import { openStore, type OpenStore, type StoreOptions } from '#storage/postgres/store.ts'

/** A folder that is gone after the test, on a way that every user may go. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

/** Makes a {@link TemporaryFolder}. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), 'strongroom-test-'))
  await chmod(path, 0o755)
  return {
    path,
    [Symbol.asyncDispose]: () =>
      rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  }
}

/** An embedded database in a folder of its own; both are gone after the test. */
export interface TestDatabase extends Embedded, AsyncDisposable {
  readonly log: readonly string[]
}

/** Starts a {@link TestDatabase}, in `dataDir` when one is given (which then stays). */
export async function startDatabase(dataDir?: string): Promise<TestDatabase> {
  const folder = dataDir === undefined ? await temporaryFolder() : undefined
  const log: string[] = []
  const embedded = await startEmbedded({
    dataDir: dataDir ?? folder?.path ?? '',
    log: (line) => log.push(line),
  })
  return {
    log,
    connection: embedded.connection,
    get pid() {
      return embedded.pid
    },
    stop: () => embedded.stop(),
    async [Symbol.asyncDispose]() {
      await embedded.stop()
      await folder?.[Symbol.asyncDispose]()
    },
  }
}

/** A store that is closed after the test. */
export interface TestStore extends OpenStore, AsyncDisposable {}

/** Opens a {@link TestStore}. */
export async function openTestStore(
  connection: StoreOptions['connection'],
  deadlines: StoreOptions['deadlines'] = { short: 5_000, long: 60_000 },
): Promise<TestStore> {
  const store = await openStore({ connection, deadlines, log: () => undefined })
  return { ...store, [Symbol.asyncDispose]: () => store.close() }
}

/** A server process with an embedded database of its own. */
export interface DatabaseServer extends AsyncDisposable {
  readonly process: ChildProcess
  /** The first line that it printed: `ready PID`, or `failed CODE MESSAGE`. */
  readonly said: string
}

const PROGRAM = fileURLToPath(new URL('embedded-server.ts', import.meta.url))

/** Starts a process that starts an embedded database, and kills it after the test if it still runs. */
export function spawnServer(dataDir: string, uid?: number): ChildProcess {
  return spawn(process.execPath, [PROGRAM, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
}

/** Starts a process like {@link spawnServer} and waits until it says how it went. */
export async function startServer(dataDir: string, uid?: number): Promise<DatabaseServer> {
  const child = spawnServer(dataDir, uid)
  if (child.stdout === null) throw new Error('the server has no output')
  const lines = createInterface({ input: child.stdout })
  const line: readonly unknown[] = await once(lines, 'line')
  return { process: child, said: String(line[0]), [Symbol.asyncDispose]: () => endServer(child) }
}

/** Ends a process with its database: closing its input tells it to exit. */
export async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin?.end()
  await exited
}
