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
  /** How long after the beginning of a call without a limit it may still be repeated, in milliseconds. */
  readonly patienceMs: number
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

/** The share of the patience that one attempt of several may take, so that a server that does not answer leaves time to find another. */
const ATTEMPT_SHARE = 1 / 3

/** Refusals that may be over soon: too many requests, and a server or a proxy before it that cannot serve just now. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])

const TOO_MANY = 429
const NOT_NOW = 503

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
 * sent again only if it surely was not carried out: when there was no connection, or the server refused it for now and said when to come again.
 * The pauses are random and grow, unless `Retry-After` names one (RFC 9110 10.2.3), which is then waited for in full. A pause that would end after
 * the patience is not begun: the last answer or failure is the result.
 */
export function retrying(transport: Transport, parts: RetryParts): Transport {
  const send = async (call: Call): Promise<Answer> => {
    const sent = { ...call, ...attemptTime(call, parts) }
    const end = call.limit?.endsAt ?? parts.now() + parts.patienceMs
    for (let attempt = 1; ; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      const outcome = await attemptOf(transport, sent)
      if (attempt >= parts.attempts || !mayRepeat(call, outcome)) return resultOf(outcome)
      const pauseMs = pauseAfter(outcome, attempt, parts)
      if (parts.now() + pauseMs >= end) return resultOf(outcome)
      // oxlint-disable-next-line no-await-in-loop
      await parts.pause(pauseMs, call.limit?.signal)
    }
  }
  return { ...transport, send }
}

/** A call that cannot be repeated anyway may take all the time that there is. */
const attemptTime = (call: Call, { attempts, patienceMs }: RetryParts): Partial<Call> =>
  attempts > 1 && isHarmless(call) ? { timeoutMs: patienceMs * ATTEMPT_SHARE } : {}

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

const isHarmless = (call: Call): boolean =>
  call.method === 'GET' || call.method === 'HEAD' || call.isRepeatable === true

function mayRepeat(call: Call, outcome: Outcome): boolean {
  if (outcome instanceof Failure) {
    return outcome.code === 'unreachable' && (isHarmless(call) || wasNeverSent(outcome))
  }
  if (isHarmless(call)) return PASSING.has(outcome.status)
  const saysWhen = outcome.headers['retry-after'] !== undefined
  return outcome.status === TOO_MANY || (outcome.status === NOT_NOW && saysWhen)
}

const wasNeverSent = ({ cause }: Failure): boolean =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  NEVER_SENT.has(cause.code)

function pauseAfter(outcome: Outcome, attempt: number, parts: RetryParts): number {
  const asked = outcome instanceof Failure ? undefined : askedPause(outcome, parts)
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  // Those who were told the same time shall not all come at it.
  return asked === undefined ? longest * parts.random() : asked + FIRST_PAUSE_MS * parts.random()
}

function askedPause({ headers }: Answer, { wallClock }: RetryParts): number | undefined {
  const header = headers['retry-after']
  // By the server's own clock, where it shows it: ours may be another.
  const now = dateOf(headers.date ?? '') ?? wallClock()
  return header === undefined ? undefined : retryAfterMs(header, now)
}

/** The pause that a `Retry-After` asks for, in milliseconds, given as seconds or as a date; `undefined` when it is neither. */
export function retryAfterMs(header: string, nowMs: number): number | undefined {
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const date = dateOf(header)
  return date === undefined ? undefined : Math.max(0, date - nowMs)
}

/** A date of HTTP in one of its three forms (RFC 9110 5.6.7), in milliseconds since 1970; the oldest does not name its time zone. */
function dateOf(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const date = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`)
  return Number.isNaN(date) ? undefined : date
}
