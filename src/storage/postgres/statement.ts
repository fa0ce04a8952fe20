import type { QueryArrayConfig } from 'pg'

/** A value of a row as text, which is how it comes over the wire: the driver has no binary form. */
export type Cell = string | null

/** A statement that is prepared once a connection under its name. Values reach it only as parameters. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** The statement of a name and a text. */
export const statement = (name: string, text: string): Statement => ({ name, text })

const AS_IT_CAME = { getTypeParser: () => (value: unknown) => value }

/** A query whose rows are lists of cells, which spares the driver looking up how to parse each. */
export const raw = ({ name, text }: Statement, values: readonly unknown[]): QueryArrayConfig => ({
  name,
  text,
  values: [...values],
  rowMode: 'array',
  types: AS_IT_CAME,
})

/** A whole number; ours stay far below 2^53. */
export const numberIn = (cell: Cell | undefined): number => Number(textIn(cell))

/** Bytes that the statement encoded as hexadecimal digits. */
export const bytesIn = (cell: Cell | undefined): Buffer => Buffer.from(textIn(cell), 'hex')

/** A text; throws when there is none. */
export function textIn(cell: Cell | undefined): string {
  if (!isPresent(cell)) throw new Error('the database returned null where a value must be')
  return cell
}

/** Whether there is a value. */
export const isPresent = (cell: Cell | undefined): cell is string =>
  cell !== null && cell !== undefined
