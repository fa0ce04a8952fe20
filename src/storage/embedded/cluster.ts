import { chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import { type Host, runProgram } from './program.ts'
import { initArguments, placesIn, SETUP, setupArguments, syncArguments } from './settings.ts'

/** The major version whose data we read. */
const MAJOR = '18'
const UNFINISHED = 'data.new-'

/**
 * Makes sure that a database cluster of our version is in the folder `data`, creating it when there is none. It is made beside and
 * renamed when it is whole and durable, so a start that was killed leaves nothing that a later start could mistake for one.
 * Throws `configuration` when the data was written by another major version.
 */
export async function ensureCluster(host: Host, data: string): Promise<void> {
  const version = await versionOf(data)
  if (version === undefined) {
    await removeUnfinished(dirname(data))
    await createCluster(host, data)
  } else if (version !== MAJOR) {
    throw new Failure(
      'configuration',
      `the data in ${data} was written by PostgreSQL ${version}, and this program has ${MAJOR}`,
      {
        hint: `move it with pg_dump of PostgreSQL ${version}, or start the version of strongroom that wrote it`,
      },
    )
  }
}

/** Whether the database in a data directory was ever created. */
export const isCluster = async (dataDir: string): Promise<boolean> =>
  (await versionOf(placesIn(join(dataDir, 'postgres'), '').data)) !== undefined

async function versionOf(data: string): Promise<string | undefined> {
  try {
    return (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function removeUnfinished(home: string): Promise<void> {
  const entries = await readdir(home)
  const unfinished = entries.filter((entry) => entry.startsWith(UNFINISHED))
  // An initdb that outlived its parent may still be writing; it fails soon after its files are gone.
  const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 } as const
  await Promise.all(unfinished.map((entry) => rm(join(home, entry), removal)))
}

async function createCluster(host: Host, data: string): Promise<void> {
  const home = dirname(data)
  const folder = await mkdtemp(join(home, UNFINISHED))
  await chown(folder, host.user.uid, host.user.gid)
  await runProgram(host, 'initdb', initArguments(folder))
  await runProgram(host, 'postgres', setupArguments(folder), SETUP)
  await runProgram(host, 'initdb', syncArguments(folder))
  await rename(folder, data)
  await syncFolder(home)
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path)
  await folder.sync()
}

/** Whether `error` says that a file is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
