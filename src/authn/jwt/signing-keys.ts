import { Failure } from '#lib/failure.ts'
import type { FetchKeys } from './fetch-keys.ts'
import { fetchLimits } from './fetch-limits.ts'
import type { KeySet } from './key-set.ts'
import type { KeySource } from './key-source.ts'

/** Whose keys are asked for: an instance of an account, as it is configured now. */
export interface KeyHolder {
  readonly account: string
  readonly service: string
  readonly source: KeySource
}

/** The keys of all instances: fetched when they are needed, and kept. */
export interface SigningKeys {
  /**
   * The keys of `holder`: those that are kept, unless they are old. Throws `unauthorized` when they cannot be had, and `unavailable`
   * when the limits allow no fetch and none are kept.
   */
  of(holder: KeyHolder): Promise<KeySet>
  /**
   * Keys that may know a token which `seen` do not: fetched anew, once for all who ask meanwhile. `undefined` when the limits allow no
   * fetch; throws `unauthorized` when it fails.
   */
  newerThan(seen: KeySet, holder: KeyHolder): Promise<KeySet | undefined>
}

/** Keys of this age are fetched anew, so that one which was withdrawn ends soon. In milliseconds. */
const FRESH = 600_000
/** Keys of this age are no longer used, even when there are no others: until then a provider may be down. */
const USABLE = 3_600_000

/** What is known of one instance. It is forgotten when its configuration changes. */
interface Shelf {
  readonly location: string
  readonly attempts: number[]
  kept?: { readonly keys: KeySet; readonly at: number }
  pending?: Promise<KeySet>
  /** Why the last fetch failed. */
  fault?: unknown
}

/** Keeps keys by account, instance and source, so that no instance is ever checked against the keys of another. */
export function createSigningKeys(fetch: FetchKeys, now: () => number): SigningKeys {
  const limits = fetchLimits(now)
  const shelves = new Map<string, Shelf>()

  const shelfOf = ({ account, service, source }: KeyHolder): Shelf => {
    const name = JSON.stringify([account, service])
    const location = JSON.stringify(source)
    const known = shelves.get(name)
    if (known?.location === location) return known
    const shelf: Shelf = { location, attempts: [] }
    shelves.set(name, shelf)
    return shelf
  }

  const fetchInto = async (shelf: Shelf, source: KeySource): Promise<KeySet> => {
    try {
      const keys = await fetch(source)
      shelf.kept = { keys, at: now() }
      return keys
    } catch (error) {
      shelf.fault = error
      throw error
    } finally {
      delete shelf.pending
    }
  }

  /** One fetch at a time for an instance; who asks while it runs shares it. */
  const refresh = (shelf: Shelf, { account, source }: KeyHolder): Promise<KeySet> | undefined => {
    if (shelf.pending !== undefined) return shelf.pending
    const pending = limits.run(account, shelf.attempts, () => fetchInto(shelf, source))
    if (pending !== undefined) shelf.pending = pending
    return pending
  }

  return {
    async of(holder) {
      const shelf = shelfOf(holder)
      const age = shelf.kept === undefined ? Infinity : Math.abs(now() - shelf.kept.at)
      if (shelf.kept !== undefined && age < FRESH) return shelf.kept.keys
      const fetched = refresh(shelf, holder)
      if (shelf.kept !== undefined && age < USABLE) return orElse(fetched, shelf.kept.keys)
      if (fetched !== undefined) return fetched
      throw new Failure('unavailable', 'CONJ00044E Too many fetches of the signing keys', {
        cause: shelf.fault,
      })
    },
    async newerThan(seen, holder) {
      const shelf = shelfOf(holder)
      if (shelf.kept !== undefined && shelf.kept.keys !== seen) return shelf.kept.keys
      return refresh(shelf, holder)
    },
  }
}

/** What `fetched` brings, else `kept`; the fault of a fetch stays on the shelf and is told once the keys are too old. */
async function orElse(fetched: Promise<KeySet> | undefined, kept: KeySet): Promise<KeySet> {
  try {
    return (await fetched) ?? kept
  } catch (error) {
    if (error instanceof Failure) return kept
    throw error
  }
}
