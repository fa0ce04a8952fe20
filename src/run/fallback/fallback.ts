import { Failure } from '#lib/failure.ts'
import type { Resolve } from '#run/values.ts'
import type { Copy } from './copy.ts'

/** What a fallback stands on. */
export interface FallbackParts {
  readonly copy: Copy
  /** Whether what was fetched just now may be kept: what took a second factor may not, since nobody could demand one of what is kept. */
  readonly mayKeep: () => Promise<boolean>
  /** How old the values may be that stand in, in milliseconds. */
  readonly maxAgeMs: number
  /** The clock, in milliseconds. */
  readonly now: () => number
  /** Tells the user something. */
  readonly say: (text: string) => void
}

/** Look-ups that survive a server that does not answer. */
export interface Fallback {
  /** Fetches, and keeps what came. When the server does not answer, it gives what was kept, and says so. */
  readonly resolve: Resolve
  /** Fetches, and keeps what came; a server that does not answer is thrown. */
  readonly refresh: Resolve
  /** When the values were fetched that the last look-up gave in place of the server's; `undefined` for the server's own. */
  staleSince(): Date | undefined
}

/** The failures that say nothing of the caller's rights: the server was not there, or not able to answer. */
const OUTAGES: ReadonlySet<string> = new Set(['unreachable', 'unavailable'])

/** How far the clock may have gone back since values were kept, in milliseconds. */
const CLOCK_LEEWAY_MS = 60_000

/**
 * Keeps values for the time when the server cannot be asked. Whatever the server says counts: a value that it refuses or does not know, or that
 * took a second factor, is not kept any longer, and a server that cannot be trusted is no outage.
 */
export function openFallback(parts: FallbackParts, resolve: Resolve): Fallback {
  let staleSince: Date | undefined
  const refresh: Resolve = async (ids) => {
    try {
      const found = await resolve(ids)
      await keep(parts, found)
      staleSince = undefined
      return found
    } catch (error) {
      if (error instanceof Failure && !OUTAGES.has(error.code)) parts.copy.drop()
      throw error
    }
  }
  return {
    refresh,
    async resolve(ids) {
      try {
        return await refresh(ids)
      } catch (error) {
        if (!(error instanceof Failure) || !OUTAGES.has(error.code)) throw error
        const kept = recall(parts, error)
        staleSince = new Date(kept.fetchedAt)
        return new Map(ids.map((id) => [id, kept.values.get(id) ?? notKept()]))
      }
    },
    staleSince: () => staleSince,
  }
}

const notKept = (): Failure => new Failure('not_found', 'not among the values that were kept')

async function keep(
  { copy, now, mayKeep, say }: FallbackParts,
  found: Awaited<ReturnType<Resolve>>,
): Promise<void> {
  if (!(await mayKeep())) {
    copy.drop()
    say('nothing is kept for --fallback: a second factor was proven for the values')
    return
  }
  const values = new Map<string, Buffer>()
  for (const [id, value] of found) if (!(value instanceof Failure)) values.set(id, value)
  copy.write({ fetchedAt: now(), values })
}

/** The values that were kept; throws the outage, with why there are none, when they are missing or too old. */
function recall(
  { copy, maxAgeMs, now, say }: FallbackParts,
  outage: Failure,
): ReturnType<Copy['read']> & object {
  const kept = copy.read()
  if (kept === undefined) throw withoutFallback(outage, 'there are no kept values for this')
  const age = now() - kept.fetchedAt
  const since = new Date(kept.fetchedAt).toISOString()
  if (age > maxAgeMs) throw withoutFallback(outage, `the kept values of ${since} are too old`)
  if (age < -CLOCK_LEEWAY_MS) {
    throw withoutFallback(
      outage,
      `the kept values are of ${since}, which the clock says is to come`,
    )
  }
  say(outage.message)
  say(
    `starting with the values of ${since}, ${ageInWords(age)} old: they may have been changed or withdrawn since`,
  )
  return kept
}

const withoutFallback = (outage: Failure, why: string): Failure =>
  new Failure(outage.code, `${outage.message}; ${why}`, {
    cause: outage,
    ...(outage.hint === undefined ? {} : { hint: outage.hint }),
  })

function ageInWords(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 1) return 'less than a minute'
  return minutes < 120 ? `${minutes} minutes` : `${Math.floor(minutes / 60)} hours`
}
