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

/** What is known of one instance. It is forgotten when its configuration changes. */
export interface Shelf {
  readonly location: string
  readonly attempts: number[]
  kept?: { readonly keys: KeySet; readonly at: number }
  pending?: Promise<KeySet>
  /** When and why the last fetch failed, unless one has succeeded since. */
  fault?: { readonly at: number; readonly error: unknown }
}

/** What is kept of each instance, and how it is fetched anew. */
export interface KeyShelves {
  readonly shelfOf: (holder: KeyHolder) => Shelf
  /** One fetch at a time for an instance; who asks while it runs shares it. `undefined` when the limits allow none. */
  readonly refresh: (shelf: Shelf, holder: KeyHolder) => Promise<KeySet> | undefined
}

/** Shelves by account, instance and source, so that no instance is ever checked against the keys of another. */
export function keyShelves(fetch: FetchKeys, now: () => number): KeyShelves {
  const limits = fetchLimits(now)
  const shelves = new Map<string, Shelf>()

  const fetchInto = async (shelf: Shelf, source: KeySource): Promise<KeySet> => {
    try {
      const keys = await fetch(source)
      shelf.kept = { keys, at: now() }
      delete shelf.fault
      return keys
    } catch (error) {
      shelf.fault = { at: now(), error }
      throw error
    } finally {
      delete shelf.pending
    }
  }

  return {
    shelfOf({ account, service, source }) {
      const name = JSON.stringify([account, service])
      const location = JSON.stringify(source)
      const known = shelves.get(name)
      if (known?.location === location) return known
      const shelf: Shelf = { location, attempts: [] }
      shelves.set(name, shelf)
      return shelf
    },
    refresh(shelf, { account, source }) {
      if (shelf.pending !== undefined) return shelf.pending
      const pending = limits.run(account, shelf.attempts, () => fetchInto(shelf, source))
      if (pending !== undefined) shelf.pending = pending
      return pending
    },
  }
}
