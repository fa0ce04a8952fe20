import { Failure } from '#lib/failure.ts'
import { MIGRATIONS } from './migrations/table.ts'
import type { Pool, Transaction } from './pool.ts'

/** Any number that nobody else uses: it names the lock under which nodes migrate one after the other. */
const LOCK = 7_236_115_040

/**
 * Brings the schema to our version, all steps in one transaction, one node at a time. Throws `configuration` when the schema is
 * newer than this program knows, having touched nothing.
 */
export const migrate = (pool: Pool, ms: number): Promise<void> =>
  pool.transaction('begin', ms, async (transaction) => {
    await transaction.query('select pg_advisory_xact_lock($1::bigint)', [LOCK])
    const version = await versionOf(transaction)
    if (version > MIGRATIONS.length) throw newer(version)
    for (const [index, text] of MIGRATIONS.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- each step builds on the one before
      if (index >= version) await apply(transaction, index + 1, text)
    }
  })

async function versionOf(transaction: Transaction): Promise<number> {
  await transaction.query(`create table if not exists schema_version (
    version integer primary key,
    applied_at timestamptz not null default now()
  )`)
  const [row] = await transaction.query<{ version: number }>(
    'select coalesce(max(version), 0) as version from schema_version',
  )
  return row?.version ?? 0
}

async function apply(transaction: Transaction, version: number, text: string): Promise<void> {
  await transaction.query(text)
  await transaction.query('insert into schema_version (version) values ($1)', [version])
}

const newer = (version: number): Failure =>
  new Failure(
    'configuration',
    `the database has schema ${version}, and this program knows ${MIGRATIONS.length}`,
    { hint: 'start the version of strongroom that wrote it, or a later one' },
  )
