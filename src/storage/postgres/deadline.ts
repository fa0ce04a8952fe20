import { setTimeout as delay } from 'node:timers/promises'
import { permanentRefusal, unavailable } from './refusal.ts'

const FIRST_PAUSE_MS = 10
const LAST_PAUSE_MS = 500

/** How long operations may take, in milliseconds. */
export interface Deadlines {
  /** For a look-up or the write of one thing. */
  readonly short: number
  /** For what may move a whole policy or a whole graph, and for the wait behind another load. */
  readonly long: number
}

/** Resolves as `work` does, or calls `onLate` and throws `unavailable` when it takes longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>, onLate: () => void): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(unavailable(new Error(`no answer within ${ms} ms`)))
    onLate()
  }, ms)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Connects, trying again with growing pauses until `deadline` (of `performance.now()`), so that a database that restarts or fails
 * over costs its callers a wait and not an error. Throws `unavailable` at the deadline, and at once when waiting cannot help.
 */
export async function connected<T>(connect: () => Promise<T>, deadline: number): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
    // oxlint-disable no-await-in-loop -- one attempt follows the other
    try {
      return await connect()
    } catch (error) {
      const isHopeless = permanentRefusal(error) !== undefined
      if (isHopeless || performance.now() + pause > deadline) throw unavailable(error)
    }
    await delay(pause)
    // oxlint-enable no-await-in-loop
  }
}
