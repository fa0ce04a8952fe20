import { createHmac, randomBytes } from 'node:crypto'
import { Failure } from '#lib/failure.ts'
import type { Pause } from './retry.ts'

/** How to watch. */
export interface WatchOptions {
  /** The pause between two looks, in milliseconds, give or take a fifth; 30 seconds when absent. */
  readonly intervalMs?: number
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal
  /** Is told of each look that failed for a reason that may pass. */
  readonly onFailure?: (failure: Failure) => void
}

/** The value that a variable has now; `undefined` when it cannot be read: it has none, or the caller is not permitted. */
export interface SecretChange {
  /** As it was given. */
  readonly id: string
  readonly value: Buffer | undefined
}

/** What watching needs. */
export interface WatchParts {
  /** The values of those variables that can be read. */
  readonly read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer>>
  readonly pause: Pause
  /** From 0 to 1, so that many clients do not ask at once. */
  readonly random: () => number
}

const INTERVAL_MS = 30_000

/** The longest pause after failures, in milliseconds, unless the interval itself is longer. */
const LONGEST_PAUSE_MS = 300_000

const JITTER = 0.2

/**
 * Gives the value of each variable, and from then on each one that changed. It asks again and again, at growing pauses while the server cannot
 * be reached or cannot serve; any other failure is thrown. Between two looks it keeps digests and no values.
 *
 * @yields the variables one by one, in the order of `ids`
 */
export async function* watchSecrets(
  ids: readonly string[],
  { intervalMs = INTERVAL_MS, signal, onFailure = () => undefined }: WatchOptions,
  { read, pause, random }: WatchParts,
): AsyncGenerator<SecretChange, void, void> {
  const digest = digestsOf(randomBytes(32))
  const seen = new Map<string, string>()
  let failures = 0
  // oxlint-disable-next-line no-unmodified-loop-condition -- whoever holds the signal aborts it
  while (signal?.aborted !== true) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const values = await unlessEnded(look(read, ids), signal)
    if (values === undefined) return
    failures = values instanceof Failure ? failures + 1 : 0
    if (values instanceof Failure) onFailure(values)
    else yield* changesIn(ids, values, seen, digest)
    // oxlint-disable-next-line no-await-in-loop
    await pause(pauseAfter(failures, intervalMs) * (1 + JITTER * (2 * random() - 1)), signal)
  }
}

const pauseAfter = (failures: number, intervalMs: number): number =>
  Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, LONGEST_PAUSE_MS))

type Values = ReadonlyMap<string, Buffer>

/** The values, or a failure that may pass. */
async function look(read: WatchParts['read'], ids: readonly string[]): Promise<Values | Failure> {
  try {
    return await read(ids)
  } catch (error) {
    if (error instanceof Failure && MAY_PASS.has(error.code)) return error
    throw error
  }
}

const MAY_PASS: ReadonlySet<string> = new Set(['unreachable', 'unavailable'])

/** What `asked` resolves to; `undefined` as soon as `signal` is aborted. */
async function unlessEnded<Result>(
  asked: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result | undefined> {
  if (signal === undefined) return asked
  let end = (): void => undefined
  const ended = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined)
  })
  signal.addEventListener('abort', end)
  try {
    const result = await Promise.race([asked, ended])
    return signal.aborted ? undefined : result
  } finally {
    signal.removeEventListener('abort', end)
  }
}

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
): Generator<SecretChange, void, void> {
  for (const id of ids) {
    const value = values.get(id)
    const now = digest(value)
    if (seen.get(id) === now) continue
    seen.set(id, now)
    yield { id, value }
  }
}
