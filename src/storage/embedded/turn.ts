import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#lib/failure.ts'
import { tryLock } from './lock.ts'

/** How often the turn is asked for. */
const PAUSE_MS = 100

/** How long to wait for a turn, and who is told that it must be waited for. */
export interface TurnOptions {
  readonly waitMs: number
  readonly onWait?: () => void
}

/**
 * Waits for the turn to start the database of a data folder and returns how to end it. Commands take it one after the other, each for
 * as long as it runs the database; a server takes it for a moment, so that it does not fail for a command that is about to end.
 * Throws `unavailable` when it is not to be had in time. The kernel ends the turn of a process that dies.
 */
export async function takeTurn(
  dataDir: string,
  { waitMs, onWait }: TurnOptions,
): Promise<Disposable> {
  // Folders above it that are missing get the usual mode, as at a start of the server.
  await mkdir(dirname(resolve(dataDir)), { recursive: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const deadline = performance.now() + waitMs
  for (let attempt = 0; ; attempt++) {
    const lock = tryLock(dataDir, join(dataDir, 'command.lock'))
    if (!(lock instanceof Error)) return { [Symbol.dispose]: () => lock.close() }
    if (attempt === 0) onWait?.()
    if (performance.now() > deadline) {
      throw new Failure('unavailable', `another command works on ${dataDir}`, {
        cause: lock,
        hint: 'try again when it has ended',
      })
    }
    // oxlint-disable-next-line no-await-in-loop -- it is the pause between attempts
    await delay(PAUSE_MS)
  }
}
