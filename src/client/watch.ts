import { createHmac, randomBytes } from 'node:crypto'
import { unlessAborted } from './limit.ts'
import type { Pause } from './retry.ts'
import type { SecretChange, WatchOptions } from './strongroom.ts'
import type { ErrorCode } from './strongroom-error.ts'
import { StrongroomError } from './strongroom-error.ts'

/** What watching needs. */
export interface WatchParts {
  /** The values of those variables that can be read, unless `signal` is aborted. */
  readonly read: (
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, Buffer>>
  readonly pause: Pause
  /** From 0 to 1, so that many programs do not ask at once. */
  readonly random: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/** The time from look to look when the caller does not say, in milliseconds. */
export const INTERVAL_MS = 30_000

/** The longest pause after failures, in milliseconds, unless the interval itself is longer. */
const LONGEST_PAUSE_MS = 300_000

const JITTER = 0.2

/**
 * Gives the value of each variable, and from then on each one that changed. It asks again and again, at growing pauses while the server cannot
 * be reached or cannot serve; any other failure is thrown. It looks when somebody asks for the next change and not in advance, so whoever is slow
 * gets what there is then. Between two looks it keeps digests and no values.
 */
export function watchSecrets(
  ids: readonly string[],
  options: WatchOptions,
  parts: WatchParts,
): AsyncGenerator<SecretChange, void, void> {
  const end = new AbortController()
  const signal =
    options.signal === undefined ? end.signal : AbortSignal.any([end.signal, options.signal])
  const changes = changesOf(ids, { ...options, signal }, parts)
  // A generator ends only when what it waits for is over; whoever leaves a loop is not to wait for that.
  const leave = (): ReturnType<typeof changes.return> => {
    end.abort()
    return changes.return()
  }
  return {
    next: () => changes.next(),
    return: leave,
    throw: (error) => {
      end.abort()
      return changes.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await leave()
    },
  }
}

type Watching = WatchOptions & { readonly signal: AbortSignal }

async function* changesOf(
  ids: readonly string[],
  { intervalMs = INTERVAL_MS, signal, onFailure }: Watching,
  parts: WatchParts,
): AsyncGenerator<SecretChange, void, void> {
  const digest = digestsOf(randomBytes(32))
  const seen = new Map<string, string>()
  let failures = 0
  let due = parts.now()
  while (!signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const outcome = await look(() => parts.read(ids, signal), signal, seen.size > 0)
    if (outcome === undefined) return
    failures = outcome instanceof StrongroomError ? failures + 1 : 0
    if (outcome instanceof StrongroomError) onFailure?.(outcome)
    else yield* changesIn(ids, outcome, seen, digest, signal)
    // From when this look was due and not from now on, so that neither the server's time nor the program's adds up.
    due = Math.max(due + pauseAfter(failures, intervalMs), parts.now())
    const jitter = intervalMs * JITTER * (2 * parts.random() - 1)
    // oxlint-disable-next-line no-await-in-loop
    await parts.pause(Math.max(0, due + jitter - parts.now()), signal)
  }
}

const pauseAfter = (failures: number, intervalMs: number): number =>
  Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, LONGEST_PAUSE_MS))

type Values = ReadonlyMap<string, Buffer>

/** The values, an error that may pass, or nothing when `signal` is aborted; throws any other error. */
async function look(
  read: () => Promise<Values>,
  signal: AbortSignal,
  hasWorked: boolean,
): Promise<Values | StrongroomError | undefined> {
  try {
    return await unlessAborted(read(), signal)
  } catch (error) {
    if (signal.aborted) return undefined
    if (error instanceof StrongroomError && mayPass(error.code, hasWorked)) return error
    throw error
  }
}

/** A token file that was there and is not is somebody's outage, too; one that never was there is a mistake. */
const mayPass = (code: ErrorCode, hasWorked: boolean): boolean =>
  code === 'unreachable' || code === 'unavailable' || (hasWorked && code === 'configuration')

type Digest = (value: Buffer | undefined) => string

const digestsOf =
  (key: Buffer): Digest =>
  (value) =>
    value === undefined ? '' : createHmac('sha256', key).update(value).digest('base64')

function* changesIn(
  ids: readonly string[],
  values: Values,
  seen: Map<string, string>,
  digest: Digest,
  signal: AbortSignal,
): Generator<SecretChange, void, void> {
  for (const id of ids) {
    if (signal.aborted) return
    const value = values.get(id)
    const now = digest(value)
    if (seen.get(id) === now) continue
    seen.set(id, now)
    yield { id, value }
  }
}
