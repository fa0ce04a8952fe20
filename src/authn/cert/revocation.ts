import type { X509Certificate } from 'node:crypto'
import type { Outbound } from '#app/outbound.ts'
import type { Authorities } from './authorities.ts'
import { untrusted } from './authorities.ts'
import type { CertificatePath } from './path.ts'
import { orKept } from '#authn/or-kept.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { refused } from './refusal.ts'
import { authorityName, plainSerial } from './revocation-list.ts'
import type { ReadLists, RevocationList } from './revocation-list.ts'
import type { ListSource } from './settings.ts'

/** Whose lists are asked for: an instance of an account, as it is configured now. */
export interface ListHolder {
  readonly account: string
  readonly service: string
  readonly source: ListSource
  /** Who may have signed them. */
  readonly authorities: Authorities
}

/** The lists of all instances: read when they are needed, and kept. Throws `unauthorized` when they cannot be had. */
export type FindLists = (holder: ListHolder) => Promise<readonly RevocationList[]>

/** What finding lists stands on. */
export interface ListParts {
  readonly outbound: Pick<Outbound, 'get'>
  readonly readLists: ReadLists
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How long a login that has old lists waits for newer ones, in milliseconds. */
  readonly patience?: number
}

/** Lists of this age are fetched anew, in milliseconds; until they say that they are too old they still count. */
const FRESH = 600_000
/** After it has failed it is not tried again for so long, in milliseconds. */
const PAUSE = 30_000
/** A provider that hangs holds nobody up for longer. */
const PATIENCE = 1000

/** What is known of one instance. It is forgotten when its configuration changes. */
interface Shelf {
  readonly location: string
  kept?: { readonly lists: readonly RevocationList[]; readonly at: number }
  pending?: Promise<readonly RevocationList[]>
  /** When and why the last try failed, unless one has succeeded since. */
  fault?: { readonly at: number; readonly error: unknown }
}

/** Finds lists by account, instance, place and authorities, so that no instance is ever checked against those of another. */
export function createListFinder(parts: ListParts): FindLists {
  const { now, patience = PATIENCE } = parts
  const shelves = new Map<string, Shelf>()

  const shelfOf = ({ account, service, source, authorities }: ListHolder): Shelf => {
    const name = JSON.stringify([account, service])
    const location = JSON.stringify([source, certificatesOf(authorities).map(fingerprintOf)])
    const known = shelves.get(name)
    if (known?.location === location) return known
    const shelf: Shelf = { location }
    shelves.set(name, shelf)
    return shelf
  }

  const readInto = async (shelf: Shelf, holder: ListHolder): Promise<readonly RevocationList[]> => {
    try {
      const lists = await load(parts, holder)
      shelf.kept = { lists, at: now() }
      delete shelf.fault
      return lists
    } catch (error) {
      shelf.fault = { at: now(), error }
      throw error
    } finally {
      delete shelf.pending
    }
  }

  const isFresh = ({ kept }: Shelf, { source }: ListHolder): boolean => {
    if (kept === undefined) return false
    if (source.kind === 'text') return true
    const isCurrent = kept.lists.every(({ nextUpdate }) => nextUpdate > now())
    return isCurrent && Math.abs(now() - kept.at) < FRESH
  }

  return async (holder) => {
    const shelf = shelfOf(holder)
    const { kept, fault } = shelf
    if (kept !== undefined && isFresh(shelf, holder)) return kept.lists
    if (fault !== undefined && Math.abs(now() - fault.at) < PAUSE) {
      if (kept !== undefined) return kept.lists
      throw fault.error
    }
    shelf.pending ??= readInto(shelf, holder)
    return kept === undefined ? shelf.pending : orKept(shelf.pending, kept.lists, patience)
  }
}

const certificatesOf = ({ roots, others }: Authorities): readonly X509Certificate[] => [
  ...roots,
  ...others,
]

const fingerprintOf = ({ fingerprint256 }: X509Certificate): string => fingerprint256

async function load(
  { outbound, readLists }: ListParts,
  { source, authorities }: ListHolder,
): Promise<readonly RevocationList[]> {
  return readLists({
    bytes: source.kind === 'text' ? Buffer.from(source.text) : await fetched(outbound, source.url),
    authorities: certificatesOf(authorities).map(({ raw }) => raw),
  })
}

async function fetched(outbound: ListParts['outbound'], url: string): Promise<Uint8Array> {
  try {
    return await outbound.get(url, { purpose: 'revocation-lists' })
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    throw refused(`CONJ00030E The revocation list cannot be fetched: ${cause.message}`, { cause })
  }
}

/** How far the clock of an authority may be ahead, in milliseconds. */
const LEEWAY = 300_000

/**
 * Throws `unauthorized` when a certificate of a path was revoked, when there is no current list of the authority that signed the client, and
 * when those of another authority in the path are too old.
 */
export function mustNotBeRevoked(
  path: CertificatePath,
  lists: readonly RevocationList[],
  now: number,
): void {
  for (const [index, certificate] of path.slice(0, -1).entries()) {
    const authority = path[index + 1]
    const name = authority && authorityName(authority)
    const own = lists.filter((list) => list.authority === name)
    if (own.some(({ serials }) => serials.has(plainSerial(certificate.serialNumber)))) {
      throw untrusted(index === 0 ? 'it is revoked' : 'an authority of its path is revoked')
    }
    if (own.length === 0 && index > 0) continue
    if (!own.some((list) => isCurrent(list, now))) {
      const named = quoted(certificate.issuer.replaceAll('\n', ', '))
      throw untrusted(`there is no current revocation list of ${named}`)
    }
  }
}

/** Whether a list counts at a time. */
export const isCurrent = (
  { thisUpdate, nextUpdate }: Pick<RevocationList, 'thisUpdate' | 'nextUpdate'>,
  now: number,
): boolean => thisUpdate <= now + LEEWAY && now < nextUpdate
