import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#lib/failure.ts'
import type { SecretEntry } from './secret-entry.ts'
import type { Values } from './values.ts'

/** What watching needs. */
export interface WatchParts {
  /** Looks all values up again; may lack some. */
  readonly fetch: () => Promise<{ readonly values: Values }>
  readonly intervalMs: number
  /** From 0 to 1, so that many runners do not ask at once. */
  readonly random: () => number
  /** Waits; throws when `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly tell: (error: unknown) => void
  readonly say: (text: string) => void
}

/** The longest pause after failures, in milliseconds, unless the interval itself is longer. */
const LONGEST_PAUSE_MS = 300_000

/** How much a pause may differ from what it should be. */
const JITTER = 0.2

/** Waits as the system's clock says. */
export const waitFor = (ms: number, signal: AbortSignal): Promise<unknown> =>
  sleep(ms, undefined, { signal })

/**
 * Looks values up again and again, and gives each state that differs from the one before. What cannot be looked up stays as it was. A failure
 * is told once, until a look-up works again; the pauses grow meanwhile. Ends when `signal` is aborted.
 *
 * @yields each state that differs from the one before
 */
export async function* watchValues(
  parts: WatchParts,
  initial: Values,
  signal: AbortSignal,
): AsyncGenerator<Values, void> {
  let values = initial
  let failures = 0
  // oxlint-disable-next-line no-await-in-loop -- one look-up after the other
  while (await pause(parts, failures, signal)) {
    // oxlint-disable-next-line no-await-in-loop
    const found = await lookUp(parts, failures === 0)
    if (found === undefined) {
      failures += 1
      continue
    }
    if (failures > 0) parts.say('the values can be looked up again')
    failures = 0
    const next = new Map([...values, ...found])
    const isChanged = differ(values, next)
    values = next
    if (isChanged) yield values
  }
}

/** Whether the pause is over, and not the watching. */
async function pause(parts: WatchParts, failures: number, signal: AbortSignal): Promise<boolean> {
  const longest = Math.max(parts.intervalMs, LONGEST_PAUSE_MS)
  const pauseMs = Math.min(parts.intervalMs * 2 ** failures, longest)
  try {
    await parts.wait(pauseMs * (1 + JITTER * (2 * parts.random() - 1)), signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

async function lookUp(
  { fetch, tell }: WatchParts,
  isFirstFailure: boolean,
): Promise<Values | undefined> {
  try {
    return (await fetch()).values
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (isFirstFailure) tell(error)
    return undefined
  }
}

function differ(before: Values, after: Values): boolean {
  const isSame = ([entry, value]: readonly [SecretEntry, Buffer]): boolean =>
    before.get(entry)?.equals(value) === true
  return ![...after].every(isSame)
}
