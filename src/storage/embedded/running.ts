import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import { isMissing } from './cluster.ts'
import type { Embedded } from './server.ts'
import { DATABASE, placesIn } from './settings.ts'

/** The line of `postmaster.pid` that names the folder of the socket, from 0 (PostgreSQL's `pidfile.h`). */
const SOCKET_LINE = 4

/**
 * The connection to the database of a server that runs on `dataDir`, for a program of the same user beside it. Throws
 * `unavailable` when that server is only about to start.
 */
export async function runningDatabase(dataDir: string): Promise<Embedded['connection']> {
  const host = (await pidFileOf(dataDir)).split('\n')[SOCKET_LINE]?.trim() ?? ''
  if (host === '') {
    throw new Failure('unavailable', `the server on ${dataDir} is still starting`, {
      hint: 'try again in a moment',
    })
  }
  return { host, user: DATABASE, database: DATABASE }
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
