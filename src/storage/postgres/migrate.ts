import { Failure } from '#lib/failure.ts'
import { connectionOf } from './connection.ts'
import { MIGRATIONS } from './migrations/table.ts'
import { ONE_MOMENT, openPool } from './pool.ts'
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
    for (const step of stepsAfter(version)) {
      // oxlint-disable-next-line no-await-in-loop -- each step builds on the one before
      await apply(transaction, step)
    }
  })

/** Throws `configuration` unless the schema is ours, whether older or newer; changes nothing. */
export const mustBeCurrent = (pool: Pool, ms: number): Promise<void> =>
  pool.transaction(ONE_MOMENT, ms, async (transaction) => {
    const version = await versionSeen(transaction)
    if (version > MIGRATIONS.length) throw newer(version)
    if (version < MIGRATIONS.length) throw older(version)
  })

/** One step of the schema. */
export interface SchemaStep {
  readonly version: number
  /** The SQL that makes it. */
  readonly text: string
}

/** The steps that the schema needs to be ours, in order; changes nothing. Throws `configuration` when it is newer. */
export async function pendingSteps(
  connection: Parameters<typeof connectionOf>[0],
  ms: number,
): Promise<readonly SchemaStep[]> {
  const pool = openPool(connectionOf(connection), 1, ms)
  try {
    const version = await pool.transaction(ONE_MOMENT, ms, versionSeen)
    if (version > MIGRATIONS.length) throw newer(version)
    return stepsAfter(version)
  } finally {
    await pool.close()
  }
}

/** The steps that a schema of this version lacks. */
export const stepsAfter = (version: number): readonly SchemaStep[] =>
  MIGRATIONS.map((text, index) => ({ version: index + 1, text })).slice(version)

const TABLE = `create table if not exists schema_version (
    version integer primary key,
    applied_at timestamptz not null default now()
  )`

async function versionOf(transaction: Transaction): Promise<number> {
  await transaction.query(TABLE)
  return newestOf(transaction)
}

/** The version of the schema, 0 when there is none. */
async function versionSeen(transaction: Transaction): Promise<number> {
  const [row] = await transaction.query<{ found: boolean }>(
    `select to_regclass('schema_version') is not null as found`,
  )
  return row?.found === true ? newestOf(transaction) : 0
}

async function newestOf(transaction: Transaction): Promise<number> {
  const [row] = await transaction.query<{ version: number }>(
    'select coalesce(max(version), 0) as version from schema_version',
  )
  return row?.version ?? 0
}

async function apply(transaction: Transaction, { version, text }: SchemaStep): Promise<void> {
  await transaction.query(text)
  await transaction.query('insert into schema_version (version) values ($1)', [version])
}

const newer = (version: number): Failure =>
  new Failure(
    'configuration',
    `the database has schema ${version}, and this program knows ${MIGRATIONS.length}`,
    { hint: 'start the version of strongroom that wrote it, or a later one' },
  )

const older = (version: number): Failure =>
  new Failure(
    'configuration',
    `the database has schema ${version}, and this program needs ${MIGRATIONS.length}`,
    { hint: '`strongroom admin db migrate` brings it up to date' },
  )
