import type { AuditEvent } from '#app/audit.ts'
import type { SealedVersion } from '#app/store.ts'
import type { Id } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { Pool, Transaction } from './pool.ts'
import { rowsOf } from './trail-batch.ts'

/** What is written with a new version: it must not be there without the record that it was written. */
const ADD_AND_RECORD = `with added as (
    insert into secret (resource, version, sealed) values ($1, $2, $3)
  ), pruned as (
    delete from secret where resource = $1 and version <= $2 - $4
  )
  insert into audit (account, events) values ($5, $6)`

/** How a value follows the one before: the port's `seal`. */
export type Seal = (latest: SealedVersion | undefined, version: number) => Uint8Array | undefined

/** What a write is, besides its value. */
export interface SecretWrite {
  readonly resource: Id
  readonly seal: Seal
  readonly event: (version: number) => AuditEvent
  readonly keep: number
}

/** Writes the next version of a secret with its audit record; two writes of one secret happen one after the other. */
export const writeSecret = (pool: Pool, write: SecretWrite, ms: number): Promise<number> =>
  pool.transaction('begin', ms, async (transaction) => {
    const { resource, seal, event, keep } = write
    const { newest, next: version } = await lockedPlace(transaction, resource)
    const sealed = seal(newest, version)
    if (sealed === undefined) return version - 1
    const [record = []] = rowsOf([event(version)])
    await transaction.query(ADD_AND_RECORD, [resource, version, sealed, keep, ...record])
    return version
  })

/** Adds a value as the next version in a transaction that does more. */
export async function addVersion(
  transaction: Transaction,
  resource: Id,
  seal: (version: number) => Uint8Array,
): Promise<number> {
  const { next: version } = await lockedPlace(transaction, resource)
  await transaction.query('insert into secret (resource, version, sealed) values ($1, $2, $3)', [
    resource,
    version,
    seal(version),
  ])
  return version
}

/** Removes every version of a secret. */
export async function clearSecret(transaction: Transaction, resource: Id): Promise<void> {
  const { next } = await lockedPlace(transaction, resource)
  await Promise.all([
    transaction.query('update resource set cleared_version = $2 where id = $1', [
      resource,
      next - 1,
    ]),
    transaction.query('delete from secret where resource = $1', [resource]),
  ])
}

/** Takes the expiry from every version of a secret. */
export async function expireSecret(transaction: Transaction, resource: Id): Promise<void> {
  await transaction.query('update secret set expires_at = null where resource = $1', [resource])
}

/** Where a secret stands: its newest value, and the number that the next one gets. */
interface Place {
  readonly newest: SealedVersion | undefined
  readonly next: number
}

/**
 * The place of a secret, which stays as it is until the transaction ends. Throws `not_found` when the resource is gone.
 *
 * INVARIANT: no number is given twice, not even after the value was cleared: the trail names values by them, and a value that was sealed
 * for a number would open again in its place.
 */
async function lockedPlace(transaction: Transaction, resource: Id): Promise<Place> {
  // Two statements that travel together: the second must see what was committed while the first waited for the lock.
  const [[locked], newest] = await Promise.all([
    transaction.query<{ cleared: number }>(
      'select cleared_version as cleared from resource where id = $1 for update',
      [resource],
    ),
    latest(transaction, resource),
  ])
  if (locked === undefined) throw new Failure('not_found', `${quoted(resource)} is not found`)
  return { newest, next: Math.max(newest?.version ?? 0, locked.cleared) + 1 }
}

/** The newest value of a resource. */
export async function latest(
  transaction: Transaction,
  resource: Id,
): Promise<SealedVersion | undefined> {
  const [row] = await transaction.query<{ version: number; sealed: Buffer }>(
    'select version, sealed from secret where resource = $1 order by version desc limit 1',
    [resource],
  )
  return row
}
