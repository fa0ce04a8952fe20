import type { Ending, Running } from './child.ts'
import type { Values } from './values.ts'

/** What a supervised child stands on. */
export interface Supervision {
  readonly start: () => Running
  /** The states of the values after the first one. */
  readonly changes: AsyncGenerator<Values, void>
  /** Puts new values in place; answers whether that worked. */
  readonly apply: (values: Values) => boolean
  /** What tells the child of new values; absent: it is started anew. */
  readonly signal?: NodeJS.Signals
  /** Whether a signal from outside has asked for the end: then no child is started any more. */
  readonly askedToEnd: () => boolean
  readonly say: (text: string) => void
}

/** How long a child may take to end before it is killed, in milliseconds. */
const KILL_AFTER_MS = 10_000

/** Runs a child, and starts it anew or sends it a signal when values change. It ends with the child. */
export async function supervise(parts: Supervision): Promise<Ending> {
  let child = parts.start()
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one change after the other
      const event = await Promise.race([child.ended, nextOf(parts.changes)])
      // oxlint-disable-next-line no-await-in-loop
      if (event === undefined) return await child.ended
      if ('kind' in event) return event
      if (!parts.apply(event)) continue
      if (parts.signal !== undefined) {
        parts.say(`values have changed: sending ${parts.signal} to the command`)
        child.kill(parts.signal)
        continue
      }
      parts.say('values have changed: starting the command anew')
      // oxlint-disable-next-line no-await-in-loop
      const ending = await stop(child)
      if (parts.askedToEnd()) return ending
      child = parts.start()
    }
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
}

async function nextOf(changes: AsyncGenerator<Values, void>): Promise<Values | undefined> {
  const { value } = await changes.next()
  return value ?? undefined
}

async function stop(child: Running): Promise<Ending> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS)
  try {
    return await child.ended
  } finally {
    clearTimeout(timer)
  }
}
