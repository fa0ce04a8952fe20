import { setTimeout as delay } from 'node:timers/promises'
import type { Postmaster } from './postmaster.ts'

const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 5_000
/** A database that served this long was healthy, and its end is a new trouble. */
const HEALTHY_MS = 10_000

/** A database that is started again whenever it ends. */
export interface Supervised {
  readonly pid: number
  /** Ends the database for good. */
  stop(): Promise<void>
}

/**
 * Starts a database and keeps it running. Throws what `start` throws the first time; later failures are logged and tried
 * again. When this process exits without {@link Supervised.stop}, the database is told to end.
 */
export async function supervise(
  start: () => Promise<Postmaster>,
  log: (line: string) => void,
): Promise<Supervised> {
  const stopping = new AbortController()
  let current = await start()
  const abandon = (): void => current.abandon()
  process.on('exit', abandon)

  /** Ends when a start succeeded or nobody wants one any more. */
  const startAgain = async (pause: number): Promise<void> => {
    await pauseFor(pause, stopping.signal)
    if (stopping.signal.aborted) return
    try {
      current = await start()
      log(`the database is back as process ${current.pid}`)
    } catch (error) {
      log(`the database does not start: ${describe(error)}`)
      await startAgain(nextPause(pause))
    }
  }

  const watch = async (pause: number): Promise<void> => {
    const since = performance.now()
    await current.ended
    if (stopping.signal.aborted) return
    log(`the database process ${current.pid} has ended; starting it again`)
    const next = performance.now() - since > HEALTHY_MS ? FIRST_PAUSE_MS : pause
    await startAgain(next)
    await watch(nextPause(next))
  }
  const watching = watch(FIRST_PAUSE_MS)

  return {
    get pid() {
      return current.pid
    },
    async stop() {
      stopping.abort()
      await current.stop()
      await watching
      // A start that was under way when we were told to stop has brought up another one.
      await current.stop()
      process.off('exit', abandon)
    },
  }
}

const nextPause = (pause: number): number => Math.min(pause * 2, LAST_PAUSE_MS)

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** What an error says, with what its cause says: for the operator's log. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
