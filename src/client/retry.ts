import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#lib/failure.ts'
import type { Answer, Call, Transport } from './transport.ts'

/** Waits so many milliseconds, or until `signal` is aborted; it never throws. */
export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>

/** Waits as the system's clock says. */
export const pauseFor: Pause = async (ms, signal) => {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}

/** What repeating needs. */
export interface RetryParts {
  /** How many times a call is sent at most, the first time included. */
  readonly attempts: number
  /** How long after the beginning of a call it may still be repeated, in milliseconds. */
  readonly patienceMs: number
  /** Ends the pauses; the transport then says that the call is cancelled. */
  readonly signal?: AbortSignal
  readonly pause: Pause
  /** From 0 to 1. */
  readonly random: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Milliseconds since 1970, for a `Retry-After` that is a date. */
  readonly wallClock: () => number
}

/** The pause before the first repeat is up to this long, in milliseconds; each further one up to twice as long. */
const FIRST_PAUSE_MS = 200

/** The longest pause that the server did not ask for, in milliseconds. */
const LONGEST_PAUSE_MS = 10_000

/** Refusals that may be over soon: too many requests, and a server or a proxy before it that cannot serve just now. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Errors of a connection that was never made. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/**
 * `transport`, which sends a call again when it meets no server or one that cannot serve just now. What may change something on the server is
 * sent again only if it surely was not carried out: when there was no connection, or the answer is 429. The pauses are random and grow,
 * unless `Retry-After` names one (RFC 9110 10.2.3), which is then waited for in full. A pause that would end after the patience is not begun:
 * the last answer or failure is the result.
 */
export function retrying(transport: Transport, parts: RetryParts): Transport {
  const send = async (call: Call): Promise<Answer> => {
    const end = parts.now() + parts.patienceMs
    for (let attempt = 1; ; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      const outcome = await attemptOf(transport, call)
      const pauseMs = pauseAfter(outcome, attempt, parts)
      const isOver = attempt >= parts.attempts || parts.now() + pauseMs > end
      if (isOver || !mayRepeat(call, outcome)) return resultOf(outcome)
      // oxlint-disable-next-line no-await-in-loop
      await parts.pause(pauseMs, parts.signal)
    }
  }
  return { ...transport, send }
}

type Outcome = Answer | Failure

async function attemptOf(transport: Transport, call: Call): Promise<Outcome> {
  try {
    return await transport.send(call)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

function resultOf(outcome: Outcome): Answer {
  if (outcome instanceof Failure) throw outcome
  return outcome
}

function mayRepeat(call: Call, outcome: Outcome): boolean {
  const isHarmless = call.method === 'GET' || call.method === 'HEAD' || call.isRepeatable === true
  if (outcome instanceof Failure) {
    return outcome.code === 'unreachable' && (isHarmless || wasNeverSent(outcome))
  }
  return outcome.status === 429 || (isHarmless && PASSING.has(outcome.status))
}

const wasNeverSent = ({ cause }: Failure): boolean =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  NEVER_SENT.has(cause.code)

function pauseAfter(outcome: Outcome, attempt: number, parts: RetryParts): number {
  const header = outcome instanceof Failure ? undefined : outcome.headers['retry-after']
  const asked = header === undefined ? undefined : retryAfterMs(header, parts.wallClock())
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  // Those who were told the same time shall not all come at it.
  return asked === undefined ? longest * parts.random() : asked + FIRST_PAUSE_MS * parts.random()
}

/** The pause that a `Retry-After` asks for, in milliseconds, given as seconds or as a date; `undefined` when it is neither. */
export function retryAfterMs(header: string, nowMs: number): number | undefined {
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
