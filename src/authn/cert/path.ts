import type { X509Certificate } from 'node:crypto'
import { Failure } from '#lib/failure.ts'
import { hasSoundKey, readOr, untrusted, type Authorities } from './authorities.ts'
import { unfitness } from './fitness.ts'

/** A path from a client to a root, the client first: each certificate is signed by the next. */
export type CertificatePath = readonly [client: X509Certificate, ...authorities: X509Certificate[]]

/** The longest path, client and root included. */
const MAX_LENGTH = 8
/** How many signatures are checked, and how many steps taken, in search of a path: a client chooses what it shows. */
const MAX_WORK = 100

/**
 * The path by which a client is trusted that showed these certificates, DER, its own first. All of it is checked: signatures, validity, key
 * usages, constraints and lengths (RFC 5280 6); those that the client shows lead to a root and never are one. Throws `unauthorized` when there
 * are none or no path is good, with the code of the reason (reference/conjur-api.md 1.14).
 */
export async function trustedPath(
  shown: readonly Uint8Array[],
  authorities: Authorities,
  now: number,
): Promise<CertificatePath> {
  const [own, ...above] = shown
  if (own === undefined) {
    throw new Failure('unauthorized', 'CONJ00029E The client certificate is missing')
  }
  const client = readOr(own)
  if (client === undefined || !hasSoundKey(client)) {
    throw untrusted('it cannot be read, or its key is too weak')
  }
  const fault = await unfitness(client, { kind: 'client' }, now)
  if (fault !== undefined) throw fault
  return firstFit(pathsFrom(client, poolOf(above, authorities)), now)
}

async function firstFit(paths: Iterable<CertificatePath>, now: number): Promise<CertificatePath> {
  let first: Failure | undefined
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- the first that is good ends it, and usually there is but one
    const fault = await faultOf(path, now)
    if (fault === undefined) return path
    first ??= fault
  }
  throw first ?? untrusted('no authority of ca-cert vouches for it')
}

/** Checked from the root down, so that what is told first is what counts most. */
async function faultOf(
  [, ...authorities]: CertificatePath,
  now: number,
): Promise<Failure | undefined> {
  const faults = await Promise.all(
    authorities.map((authority, index) =>
      unfitness(
        authority,
        {
          kind: 'authority',
          isRoot: index === authorities.length - 1,
          below: authorities.slice(0, index).filter((between) => !isSelfIssued(between)).length,
        },
        now,
      ),
    ),
  )
  return faults.findLast((fault) => fault !== undefined)
}

/** RFC 5280 6.1: such a certificate of an authority is about the same authority, and does not lengthen a path. */
const isSelfIssued = ({ subject, issuer }: X509Certificate): boolean => subject === issuer

/** Whoever may vouch for somebody, and what is known of who does. */
interface Pool extends Authorities {
  readonly signatures: Map<string, boolean>
  work: number
}

function poolOf(above: readonly Uint8Array[], { roots, others }: Authorities): Pool {
  const shown = above.map(readOr).filter((found) => found !== undefined && hasSoundKey(found))
  const known = new Map([...others, ...shown].map((found) => [found?.fingerprint256, found]))
  for (const { fingerprint256 } of roots) known.delete(fingerprint256)
  const all = [...known.values()].filter((found) => found !== undefined)
  return { roots, others: all, signatures: new Map(), work: 0 }
}

function* pathsFrom(client: X509Certificate, pool: Pool): Generator<CertificatePath> {
  yield* extended([client], pool)
}

function* extended(path: CertificatePath, pool: Pool): Generator<CertificatePath> {
  if (path.length >= MAX_LENGTH) return
  for (const root of pool.roots) if (isSigned(path, root, pool)) yield [...path, root]
  for (const other of pool.others) {
    if (!path.includes(other) && isSigned(path, other, pool))
      yield* extended([...path, other], pool)
  }
}

/** Whether `authority` signed the last certificate of a path. */
function isSigned(path: CertificatePath, authority: X509Certificate, pool: Pool): boolean {
  const last = path.at(-1) ?? path[0]
  if (!last.checkIssued(authority)) return false
  pool.work += 1
  if (pool.work > MAX_WORK) throw untrusted('too many authorities could vouch for it')
  const name = `${last.fingerprint256} ${authority.fingerprint256}`
  const known = pool.signatures.get(name) ?? last.verify(authority.publicKey)
  pool.signatures.set(name, known)
  return known
}
