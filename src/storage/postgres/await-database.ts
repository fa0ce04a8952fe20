import { setTimeout as delay } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { Failure } from '#lib/failure.ts'
import { within } from './deadline.ts'
import { CONNECT_MS, hangUp } from './line.ts'
import { permanentRefusal } from './refusal.ts'

/** What is being waited for. */
export interface Waiting {
  /** Where the database should answer: `host:port`, or the folder of its socket. */
  readonly address: string
  /** When the wait is given up. */
  readonly until: Date
  /** Why the last attempt failed, in the system's words; absent while the first one has no answer yet. */
  readonly reason?: string
}

/** How long a program waits for its database at its start, and whom it tells. */
export interface Patience {
  /** In milliseconds; 0 asks once. */
  readonly ms: number
  /** Told when the first attempt fails, and every few seconds from then on. */
  readonly tell: (waiting: Waiting) => void
  /** Ends the wait at once. */
  readonly signal?: AbortSignal
}

const PAUSE_MS = 500

/** How often it is told that the wait goes on. */
const TELL_MS = 5_000

/**
 * Resolves when the database answers. Throws `configuration` or `untrusted` at once when no wait can help, and
 * `unavailable`, naming the address and the reason, when it does not answer in time or the signal ends the wait.
 */
export async function awaitDatabase(config: ClientConfig, patience: Patience): Promise<void> {
  const address = addressOf(config)
  const deadline = performance.now() + patience.ms
  const until = new Date(Date.now() + patience.ms)
  let reason: string | undefined
  let isTold = false
  const tell = (): void => {
    isTold = true
    patience.tell({ address, until, ...(reason === undefined ? {} : { reason }) })
  }
  const reminder = setInterval(tell, TELL_MS)
  try {
    for (;;) {
      // oxlint-disable no-await-in-loop -- one attempt follows the other
      const error = await attempt(config, deadline)
      if (error === undefined) return
      reason = reasonOf(error)
      if (patience.signal?.aborted === true || performance.now() + PAUSE_MS > deadline) {
        throw noAnswer({ address, until, reason }, patience, error)
      }
      if (!isTold) tell()
      await pause(patience.signal)
      // oxlint-enable no-await-in-loop
    }
  } finally {
    clearInterval(reminder)
  }
}

/** What went wrong; `undefined` when the database answered. Throws when it always will go wrong. */
async function attempt(config: ClientConfig, deadline: number): Promise<unknown> {
  const client = new Client(config)
  // A connection that breaks is reported by what waits for it.
  client.on('error', () => undefined)
  const ms = Math.min(CONNECT_MS, Math.max(Math.ceil(deadline - performance.now()), 1))
  try {
    await within(ms, client.connect(), () => hangUp(client))
    await within(ms, client.query('select 1'), () => hangUp(client))
    return undefined
  } catch (error) {
    const refusal = permanentRefusal(error)
    if (refusal !== undefined) throw refusal
    return error
  } finally {
    // Whether it takes the goodbye or not: the connection is not used again.
    client.end().catch(() => undefined)
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(PAUSE_MS, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}

const addressOf = ({ host = 'localhost', port = 5432 }: ClientConfig): string =>
  host.startsWith('/') ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`

/** The code of the system or of the database says most; of a deadline that passed the cause knows more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && typeof error.code === 'string' && !(error instanceof Failure)) {
    return error.code
  }
  return error.cause instanceof Error ? error.cause.message : error.message
}

function noAnswer({ address, reason = '' }: Waiting, patience: Patience, cause: unknown): Failure {
  const isStopped = patience.signal?.aborted === true
  const message = isStopped
    ? `stopped while waiting for the database at ${address}`
    : `the database at ${address} did not answer within ${patience.ms / 1000} seconds: ${reason}`
  return new Failure('unavailable', message, {
    cause,
    ...(isStopped
      ? {}
      : {
          hint: 'check that it runs and that DATABASE_URL names it; database-wait says how long to wait',
        }),
  })
}
