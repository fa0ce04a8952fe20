import type { Change, Row } from '#domain/change.ts'
import { accountOf, type Id } from '#domain/id.ts'
import type { Transaction } from './pool.ts'
import { searchable, WRITERS } from './rows.ts'
import { inChunks, isOf } from './table-writer.ts'

/**
 * Writes `changes`, all of rows of `account`, with the outcome that one statement each, in their order, would have: what is removed
 * at any point loses what hung on it, and what was put last stays.
 */
export async function applyChanges(
  transaction: Transaction,
  account: string,
  changes: readonly Change[],
): Promise<void> {
  /* oxlint-disable no-await-in-loop -- what refers to a row comes after it and goes before it */
  for (const writer of WRITERS.toReversed()) await writer.remove(transaction, changes)
  for (const writer of WRITERS) await writer.put(transaction, account, changes)
  /* oxlint-enable no-await-in-loop */
  await refreshSearch(transaction, changes)
}

/** Writes `changes` of rows of any accounts; the caller holds the locks of all of them. */
export async function applyToAccounts(
  transaction: Transaction,
  changes: readonly Change[],
): Promise<void> {
  const byAccount = Map.groupBy(changes, ({ row }) => accountOf(subjectOf(row)))
  for (const [account, own] of byAccount) {
    // oxlint-disable-next-line no-await-in-loop -- they share the transaction's connection
    await applyChanges(transaction, account, own)
  }
}

/** The role or resource whose account a row is of. */
function subjectOf(row: Row): Id {
  switch (row.table) {
    case 'role':
    case 'resource':
      return row.id
    case 'permission':
    case 'annotation':
    case 'enablement':
      return row.resource
    case 'membership':
    case 'restriction':
    case 'credential':
      return row.role
  }
}

const REFRESH = `update resource set search = ${searchable('found.words')}
  from (
    select id, substr(id, length(account) + length(kind) + 3) || ' ' || kind || coalesce((
      select string_agg(' ' || annotation.value, '') from annotation where annotation.resource = resource.id
    ), '') as words
    from resource where id = any($1::text[])
  ) as found
  where resource.id = found.id`

/** New resources got the words of their names when they were put; those whose annotations changed get all of theirs anew. */
async function refreshSearch(transaction: Transaction, changes: readonly Change[]): Promise<void> {
  const annotated = changes.map(({ row }) => row).filter(isOf('annotation'))
  const resources = [...new Set(annotated.map(({ resource }) => resource))]
  await inChunks(
    resources,
    (id) => [id],
    (columns) => transaction.query(REFRESH, columns),
  )
}
