import type { PolicyRow } from './desired.ts'

/** The tables in the order in which rows can be added: each mentions only what an earlier one holds. */
export const TABLES: readonly PolicyRow['table'][] = [
  'role',
  'resource',
  'membership',
  'permission',
  'annotation',
  'restriction',
]

/** Whether a row is of a table. */
export const isOf = <T extends PolicyRow['table']>(
  row: PolicyRow,
  table: T,
): row is PolicyRow & { table: T } => row.table === table

/** The primary key of a row, table included; neither ids nor names can hold a line break. */
export function keyOf(row: PolicyRow): string {
  switch (row.table) {
    case 'role':
    case 'resource':
      return `${row.table} ${row.id}`
    case 'membership':
      return `membership ${row.ownership}\n${row.role}\n${row.member}`
    case 'permission':
      return `permission ${row.resource}\n${row.role}\n${row.privilege}`
    case 'annotation':
      return `annotation ${row.resource}\n${row.name}`
    case 'restriction':
      return `restriction ${row.role}`
  }
}
