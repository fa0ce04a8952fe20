import { orKept } from '#authn/or-kept.ts'
import { Failure } from '#lib/failure.ts'
import type { FetchKeys } from './fetch-keys.ts'
import type { KeySet } from './key-set.ts'
import { keyShelves, type KeyHolder } from './key-shelves.ts'

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
/** How long a login waits for newer keys when it has old ones, in milliseconds: a provider that hangs holds nobody up for longer. */
const PATIENCE = 1000
/** After a fetch has failed, old keys are used for so long before the next one, in milliseconds. */
const PAUSE = 30_000

/**
 * Keeps keys by account, instance and source, so that no instance is ever checked against the keys of another. A login with old keys waits
 * `patience` milliseconds for newer ones.
 */
export function createSigningKeys(
  fetch: FetchKeys,
  now: () => number,
  patience: number = PATIENCE,
): SigningKeys {
  const { shelfOf, refresh } = keyShelves(fetch, now)
  const since = (event: { readonly at: number } | undefined): number =>
    event === undefined ? Infinity : Math.abs(now() - event.at)

  return {
    async of(holder) {
      const shelf = shelfOf(holder)
      const { kept } = shelf
      const age = since(kept)
      if (kept !== undefined && age < FRESH) return kept.keys
      if (kept !== undefined && age < USABLE) {
        const newer = since(shelf.fault) < PAUSE ? undefined : refresh(shelf, holder)
        return newer === undefined ? kept.keys : orKept(newer, kept.keys, patience)
      }
      const fetched = refresh(shelf, holder)
      if (fetched !== undefined) return fetched
      throw new Failure('unavailable', 'CONJ00044E Too many fetches of the signing keys', {
        cause: shelf.fault?.error,
      })
    },
    async newerThan(seen, holder) {
      const shelf = shelfOf(holder)
      if (shelf.kept !== undefined && shelf.kept.keys !== seen) return shelf.kept.keys
      return refresh(shelf, holder)
    },
  }
}
