import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '#lib/failure.ts'

const SQLITE_BUSY = 5

/**
 * Takes a data directory for this process alone and returns how to give it back. Throws `configuration` when another process
 * has it; then nothing in the directory was touched.
 *
 * The lock is one that the kernel drops when the process dies, however it dies, and that holds between containers that share a
 * volume, where process numbers say nothing. Node offers such a lock only through SQLite, so the lock file is an empty
 * SQLite database that is kept locked.
 */
export function lockDirectory(directory: string): () => void {
  const owner = join(directory, 'server.pid')
  const file = join(directory, 'server.lock')
  const lock = tryLock(directory, file)
  if (lock instanceof Error) {
    throw new Failure(
      'configuration',
      `the data directory ${directory} is already in use by process ${ownerIn(owner)}`,
      { cause: lock, hint: 'stop that server first, or choose another data directory' },
    )
  }
  writeFileSync(owner, `${process.pid}\n`, { mode: 0o600 })
  return () => {
    rmSync(owner, { force: true })
    lock.close()
  }
}

/**
 * The lock that `file` in a data directory is, held until it is closed, or the error of SQLite when another process has it. Throws
 * `configuration` when the directory cannot be written.
 */
export function tryLock(directory: string, file: string): DatabaseSync | Error {
  const lock = openLock(directory, file)
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive')
    return lock
  } catch (cause) {
    lock.close()
    if (cause instanceof Error && isBusy(cause)) return cause
    throw cause
  }
}

function openLock(directory: string, file: string): DatabaseSync {
  try {
    const lock = new DatabaseSync(file)
    chmodSync(file, 0o600)
    return lock
  } catch (cause) {
    throw new Failure('configuration', `the data directory ${directory} cannot be written`, {
      cause,
      hint: 'check whose it is, or choose another data directory',
    })
  }
}

/** Whether `error` is the refusal of a directory that another process has. */
export const isHeldByAnother = (error: unknown): boolean =>
  error instanceof Failure && isBusy(error.cause)

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY

function ownerIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    // The owner took the lock this instant and has not yet written who it is.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'unknown'
    throw error
  }
}
