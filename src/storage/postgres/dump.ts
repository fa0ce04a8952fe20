import { Failure, quoted } from '#lib/failure.ts'
import { connectionOf } from './connection.ts'
import { MIGRATIONS } from './migrations/table.ts'
import { ONE_MOMENT, openPool } from './pool.ts'
import type { Transaction } from './pool.ts'

/** What one dump or restore may take, in milliseconds. */
const MAX_MS = 3_600_000

/** How many rows are read at a time: a secret may be 16 MiB. */
const ROWS = 20

/** How much is written at a time: rows, and characters of them. */
const BATCH_ROWS = 500
const BATCH_SIZE = 1024 * 1024

/** One row of a table, as JSON without line breaks. */
export interface DumpRow {
  readonly table: string
  readonly row: string
}

/** What the first row of a dump is of: its JSON is the number of the schema. */
const HEADER = 'schema_version'

type Connection = Parameters<typeof connectionOf>[0]

/** Calls `write` with everything that the database holds, all of one moment, in the order in which it can be put back. */
export async function dumpDatabase(
  connection: Connection,
  write: (row: DumpRow) => Promise<void>,
): Promise<void> {
  await transact(connection, ONE_MOMENT, async (transaction) => {
    await write({ table: HEADER, row: String(MIGRATIONS.length) })
    for (const table of await tables(transaction)) {
      // oxlint-disable no-await-in-loop -- a cursor gives one page after the other
      await transaction.query(
        `declare dump no scroll cursor for select row_to_json(${table})::text as row from ${table}`,
      )
      for (;;) {
        const page = await transaction.query<{ row: string }>(`fetch ${ROWS} from dump`)
        if (page.length === 0) break
        for (const { row } of page) await write({ table, row })
      }
      await transaction.query('close dump')
      // oxlint-enable no-await-in-loop
    }
  })
}

/**
 * Puts a dump into a database whose schema is up to date and that holds nothing yet, all of it or nothing. Throws `conflict` when it holds
 * anything, `configuration` when the dump is of another schema.
 */
export async function restoreDatabase(
  connection: Connection,
  rows: AsyncIterable<DumpRow>,
): Promise<void> {
  await transact(connection, 'begin', async (transaction) => {
    const known = await tables(transaction)
    await mustBeEmpty(transaction)
    for (const table of known.toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- what refers to a row goes before it
      await transaction.query(`delete from ${table}`)
    }
    for await (const { table, rows: batch } of inBatches(rows)) {
      if (table === HEADER) mustBeOurs(Number(batch[0]))
      else await putRows(transaction, known, table, batch)
    }
    await transaction.query(
      `select setval(pg_get_serial_sequence('audit', 'id'), greatest((select max(id) from audit), 1))`,
    )
  })
}

// Rows of one table that follow each other go together.
async function* inBatches(
  rows: AsyncIterable<DumpRow>,
): AsyncGenerator<{ readonly table: string; readonly rows: readonly string[] }> {
  let batch: string[] = []
  let of = ''
  let size = 0
  for await (const { table, row } of rows) {
    if (batch.length > 0 && (table !== of || batch.length >= BATCH_ROWS || size >= BATCH_SIZE)) {
      yield { table: of, rows: batch }
      batch = []
      size = 0
    }
    of = table
    size += row.length
    batch.push(row)
  }
  if (batch.length > 0) yield { table: of, rows: batch }
}

async function transact<T>(
  connection: Connection,
  begin: typeof ONE_MOMENT,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const pool = openPool(connectionOf(connection), 1, MAX_MS)
  try {
    return await pool.transaction(begin, MAX_MS, work)
  } finally {
    await pool.close()
  }
}

/** All tables but that of the schema's version, each after those that it refers to. */
async function tables(transaction: Transaction): Promise<readonly string[]> {
  const rows = await transaction.query<{ name: string; needs: string[] }>(
    `select relname as name, coalesce((
         select array_agg(confrelid::regclass::text) from pg_constraint
         where contype = 'f' and conrelid = pg_class.oid), '{}') as needs
     from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
       and relname <> 'schema_version' order by relname`,
  )
  const ordered: string[] = []
  while (ordered.length < rows.length) {
    const next = rows.find(
      ({ name, needs }) =>
        !ordered.includes(name) && needs.every((need) => need === name || ordered.includes(need)),
    )
    if (next === undefined) throw new Error('tables refer to each other in a circle')
    ordered.push(next.name)
  }
  return ordered
}

async function mustBeEmpty(transaction: Transaction): Promise<void> {
  const [row] = await transaction.query<{ holds: boolean }>(
    'select exists (select from account) or exists (select from data_key) as holds',
  )
  if (row?.holds === false) return
  throw new Failure('conflict', 'the database is not empty', {
    hint: 'an export is put back into a new data folder or a new database',
  })
}

function mustBeOurs(schema: number): void {
  if (schema === MIGRATIONS.length) return
  throw new Failure(
    'configuration',
    `the export is of schema ${schema}, and this program knows ${MIGRATIONS.length}`,
    { hint: 'put it back with the version of strongroom that wrote it' },
  )
}

async function putRows(
  transaction: Transaction,
  known: readonly string[],
  table: string,
  rows: readonly string[],
): Promise<void> {
  // The name stands in the statement, so it must be one of ours.
  if (!known.includes(table)) throw new Failure('corrupt', `there is no table ${quoted(table)}`)
  await transaction.query(
    `insert into ${table} overriding system value
     select (json_populate_record(null::${table}, row::json)).* from unnest($1::text[]) as new (row)`,
    [rows],
  )
}
