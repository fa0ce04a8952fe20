import { chmod, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '#lib/failure.ts'
import { type Accounts, databaseAccounts } from './account.ts'
import { findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { lockDirectory } from './lock.ts'
import { clearOrphan } from './orphan.ts'
import { type Postmaster, startPostmaster } from './postmaster.ts'
import { blockerOf } from './reach.ts'
import { prepareRuntime } from './runtime.ts'
import { DATABASE, placesIn, writeAccess } from './settings.ts'
import { makeSocketFolder } from './socket-folder.ts'
import { supervise } from './supervision.ts'

/** A PostgreSQL of our own that serves one data directory for as long as this process lives. */
export interface Embedded {
  readonly connection: {
    /** The folder of the Unix socket. */
    readonly host: string
    readonly user: string
    readonly database: string
  }
  /** The process number of the database that runs now; it changes when the database was restarted. */
  readonly pid: number
  /** Ends the database and gives the data directory back, once however often it is asked. What was committed is on disk. */
  stop(): Promise<void>
}

/** Where the data is, and who is told, line by line, what the database logs and what becomes of it. */
export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log: (line: string) => void
}

/**
 * Starts PostgreSQL on `dataDir`, creating what is missing, and resolves when it answers. When it dies it is started again, with
 * pauses from 50 ms to 5 s, until {@link Embedded.stop}. As root it runs under another user, who then needs a way to the
 * directory; the directory itself is made passable (0711), the folders above are left alone.
 *
 * Throws `configuration` when the directory is in use by another server, cannot be reached, or was written by another major
 * version; `unavailable` when the database does not come up.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const accounts = await databaseAccounts()
  // Folders above it that are missing get the usual mode: the database's user must be able to pass them.
  await mkdir(dirname(resolve(options.dataDir)), { recursive: true })
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const dataDir = await realpath(options.dataDir)
  await openWay(dataDir, accounts)
  const unlock = lockDirectory(dataDir)
  try {
    return await serve(dataDir, accounts, options.log, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function openWay(dataDir: string, { self, database }: Accounts): Promise<void> {
  if (self.uid === database.uid) return
  const { mode } = await stat(dataDir)
  await chmod(dataDir, (mode & 0o777) | 0o011)
  const blocker = await blockerOf(dataDir, database)
  if (blocker === undefined) return
  throw new Failure(
    'configuration',
    `the embedded database runs as ${database.name}, who may not enter ${blocker}`,
    { hint: 'choose a data directory outside it, for example /var/lib/strongroom' },
  )
}

async function serve(
  dataDir: string,
  accounts: Accounts,
  log: EmbeddedOptions['log'],
  unlock: () => void,
): Promise<Embedded> {
  const home = await makeHome(dataDir)
  const user = accounts.database
  const host = { runtime: await prepareRuntime(await findBinaries(), home, user), user }
  const { data } = placesIn(home, '')
  await clearOrphan(data, log)
  await ensureCluster(host, data)
  const sockets = await makeSocketFolder(home, user)
  const places = placesIn(home, sockets.path)
  await writeAccess(places, accounts)
  const supervised = await supervise(
    (): Promise<Postmaster> => startPostmaster(host, places, log),
    log,
  )
  const stop = async (): Promise<void> => {
    await supervised.stop()
    await sockets.remove()
    unlock()
  }
  let stopped: Promise<void> | undefined
  return {
    connection: { host: sockets.path, user: DATABASE, database: DATABASE },
    get pid() {
      return supervised.pid
    },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** The database's folder in the data directory: ours, so that the database's user cannot put anything in place of our files. */
async function makeHome(dataDir: string): Promise<string> {
  const home = join(dataDir, 'postgres')
  await mkdir(home, { recursive: true })
  await chmod(home, 0o711)
  return home
}
