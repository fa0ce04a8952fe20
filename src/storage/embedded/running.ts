import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#lib/failure.ts'
import { isMissing } from './cluster.ts'
import type { Embedded } from './server.ts'
import { DATABASE, placesIn } from './settings.ts'

/** The line of `postmaster.pid` that names the folder of the socket, from 0 (PostgreSQL's `pidfile.h`). */
const SOCKET_LINE = 4

/** How often a server that is about to start is looked at, in milliseconds. */
const PAUSE_MS = 50

/**
 * The connection to the database of a server that runs on `dataDir`, for a program of the same user beside it. Throws
 * `unavailable` when that server is still about to start after `waitMs`.
 */
export async function runningDatabase(
  dataDir: string,
  waitMs: number,
): Promise<Embedded['connection']> {
  const deadline = performance.now() + waitMs
  for (;;) {
    // oxlint-disable no-await-in-loop -- one look after the other
    const host = (await pidFileOf(dataDir)).split('\n')[SOCKET_LINE]?.trim() ?? ''
    if (host !== '') return { host, user: DATABASE, database: DATABASE }
    if (performance.now() > deadline) {
      throw new Failure('unavailable', `the server on ${dataDir} is still starting`, {
        hint: 'try again in a moment',
      })
    }
    await delay(PAUSE_MS)
    // oxlint-enable no-await-in-loop
  }
}

async function pidFileOf(dataDir: string): Promise<string> {
  const { data } = placesIn(join(dataDir, 'postgres'), '')
  try {
    return await readFile(join(data, 'postmaster.pid'), 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
