import { printable } from '#client/printable.ts'

/** The forms in which every command shows what it has to show. */
export const FORMS = ['json', 'yaml', 'table'] as const

/** One of {@link FORMS}. */
export type Form = (typeof FORMS)[number]

/** What a command has to show. */
export interface Outcome {
  /** For `json` and `yaml`: stable, and told on the page of the command. */
  readonly data: unknown
  /** What is shown when no form is asked for: `data` as JSON when absent. */
  readonly plain?: string | Uint8Array
  /** What `table` shows of each element of a list, in this order; all of the first one's members when absent. */
  readonly columns?: readonly string[]
  /** What `table` shows instead. */
  readonly table?: string
}

/** An outcome as it is printed: in `form`, or in the command's own when that is absent. */
export async function printed(
  outcome: Outcome,
  form: Form | undefined,
): Promise<string | Uint8Array> {
  switch (form) {
    case undefined:
      return outcome.plain ?? asJson(outcome.data)
    case 'json':
      return asJson(outcome.data)
    case 'yaml':
      return asYaml(outcome.data)
    case 'table':
      return outcome.table ?? asTable(outcome)
  }
}

/** JSON for people and programs. */
export const asJson = (data: unknown): string => `${JSON.stringify(data, undefined, 2)}\n`

async function asYaml(data: unknown): Promise<string> {
  // Loaded only where it is asked for: it is the largest part of the program.
  const { stringify } = await import('yaml')
  return stringify(data, { lineWidth: 0 })
}

/**
 * A list as one line an element, with a heading when the elements have members; an object as one line a member; anything else
 * as itself. Nothing that is shown can move the terminal or start another line.
 */
export function asTable({ data, columns }: Pick<Outcome, 'data' | 'columns'>): string {
  if (!Array.isArray(data)) {
    return lines(
      isMembers(data)
        ? Object.entries(data).map(([name, value]) => [name, cell(value)])
        : [[cell(data)]],
    )
  }
  const elements: readonly unknown[] = data
  const names = columns ?? membersOf(elements[0])
  if (names.length === 0) return lines(elements.map((element) => [cell(element)]))
  return lines([
    names.map((name) => name.toUpperCase()),
    ...elements.map((element) => names.map((name) => cell(memberOf(element, name)))),
  ])
}

const isMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const membersOf = (value: unknown): readonly string[] =>
  isMembers(value) ? Object.keys(value) : []

const memberOf = (value: unknown, name: string): unknown =>
  isMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined

function cell(value: unknown): string {
  if (value === undefined || value === null) return '-'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === '' ? '-' : printable(text).replaceAll('\n', String.raw`\n`)
}

/** Rows of cells in columns, two spaces apart; the last column is as wide as it is. */
export function lines(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number =>
    Math.max(0, ...rows.map((row) => lengthOf(row[column] ?? '')))
  const widths = (rows[0] ?? []).map((_, column) => width(column))
  const padded = (text: string, column: number, row: readonly string[]): string =>
    column === row.length - 1 ? text : text + ' '.repeat((widths[column] ?? 0) - lengthOf(text) + 2)
  return rows
    .map((row) => `${row.map((text, column) => padded(text, column, row)).join('')}\n`)
    .join('')
}

const lengthOf = (text: string): number => Array.from(text).length
