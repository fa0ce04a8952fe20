import type { Change, Row } from '#domain/change.ts'
import { accountOf, type Id } from '#domain/id.ts'
import type { Transaction } from './pool.ts'

/** The rows of one table. */
export type RowOf<Table extends Row['table']> = Extract<Row, { readonly table: Table }>

/** How the rows of one table are written, many with one statement whose parameters are columns. */
export interface TableSpec<R extends Row> {
  readonly key: (row: R) => readonly string[]
  /** The resource or role whose account the row is of. */
  readonly subject: (row: R) => Id
  readonly remove: string
  readonly removed: (row: R) => readonly unknown[]
  readonly put: string
  readonly values: (row: R) => readonly unknown[]
}

/** Writes what a list of changes says of one table. */
export interface TableWriter {
  /** Removes every row that the list removes, even if it puts it back later: what hung on the row is gone. */
  remove(transaction: Transaction, changes: readonly Change[]): Promise<void>
  /** Puts every row whose last change is not its removal. Throws when a row is not of `account`. */
  put(transaction: Transaction, account: string, changes: readonly Change[]): Promise<void>
}

/** Rows a statement: enough that the round trip is nothing, few enough that the parameters stay small. */
const CHUNK = 5_000

/** The writer of a table. */
export function tableWriter<Table extends Row['table']>(
  table: Table,
  spec: TableSpec<RowOf<Table>>,
): TableWriter {
  const isMine = isOf(table)
  return {
    async remove(transaction, changes) {
      const rows = changes.filter(({ op }) => op === 'remove').map(({ row }) => row)
      await inChunks(rows.filter(isMine), spec.removed, (columns) =>
        transaction.query(spec.remove, columns),
      )
    },
    async put(transaction, account, changes) {
      const last = new Map<string, RowOf<Table> | undefined>()
      for (const { op, row } of changes) {
        if (!isMine(row)) continue
        mustBeOf(account, spec.subject(row))
        last.set(JSON.stringify(spec.key(row)), op === 'remove' ? undefined : row)
      }
      const rows = [...last.values()].filter((row) => row !== undefined)
      await inChunks(rows, spec.values, (columns) => transaction.query(spec.put, columns))
    },
  }
}

/** Whether a row is one of `table`. */
export const isOf =
  <Table extends Row['table']>(table: Table): ((row: Row) => row is RowOf<Table>) =>
  (row): row is RowOf<Table> =>
    row.table === table

/** INVARIANT: a transaction writes rows of the account that it has locked and of no other. */
function mustBeOf(account: string, subject: Id): void {
  if (accountOf(subject) !== account) throw new Error(`a change of ${account} touches ${subject}`)
}

/** Calls `write` with the columns of every chunk of rows, one after the other. */
export async function inChunks<T>(
  rows: readonly T[],
  cells: (row: T) => readonly unknown[],
  write: (columns: readonly unknown[][]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += CHUNK) {
    // oxlint-disable-next-line no-await-in-loop -- it bounds what is on its way at a time
    await write(columnsOf(rows.slice(start, start + CHUNK).map(cells)))
  }
}

function columnsOf(rows: readonly (readonly unknown[])[]): unknown[][] {
  const width = rows[0]?.length ?? 0
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null))
}
