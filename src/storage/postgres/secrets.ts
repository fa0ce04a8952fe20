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
    const newest = await lockedLatest(transaction, resource)
    const version = (newest?.version ?? 0) + 1
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
  const version = ((await lockedLatest(transaction, resource))?.version ?? 0) + 1
  await transaction.query('insert into secret (resource, version, sealed) values ($1, $2, $3)', [
    resource,
    version,
    seal(version),
  ])
  return version
}

/** The newest value, which stays the newest until the transaction ends. Throws `not_found` when the resource is gone. */
async function lockedLatest(
  transaction: Transaction,
  resource: Id,
): Promise<SealedVersion | undefined> {
  // Two statements that travel together: the second must see what was committed while the first waited for the lock.
  const [locked, newest] = await Promise.all([
    transaction.query('select 1 from resource where id = $1 for update', [resource]),
    latest(transaction, resource),
  ])
  if (locked.length === 0) throw new Failure('not_found', `${quoted(resource)} is not found`)
  return newest
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
