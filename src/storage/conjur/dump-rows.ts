import { createReadStream } from 'node:fs'
import { Failure, quoted } from '#lib/failure.ts'

// What `pg_dump` writes unless told otherwise: for each table a line `COPY name (columns) FROM stdin;`, its rows in the text format of
// COPY, a line each, and a line `\.` (PostgreSQL, "COPY", File Formats).

/** One row of a table in a dump; an absent value is missing. */
export interface DumpedRow {
  readonly table: string
  readonly cells: ReadonlyMap<string, string>
}

const COPY = /^COPY (?:[\w"]+\.)?"?(\w+)"? \((.*)\) FROM stdin;$/

/** The first bytes of a dump that is not text. */
const CUSTOM = 'PGDMP'

/** The rows of the tables `wanted` in the dump at `path`. Throws `usage` when it cannot be read or is no plain dump. */
export const rowsIn = (path: string, wanted: ReadonlySet<string>): AsyncIterable<DumpedRow> =>
  parsed(path, wanted)

async function* parsed(path: string, wanted: ReadonlySet<string>): AsyncGenerator<DumpedRow> {
  let table = ''
  let columns: readonly string[] = []
  for await (const line of linesOf(path)) {
    if (table === '') {
      const [, name = '', list = ''] = COPY.exec(line) ?? []
      table = name
      columns = list.split(', ').map((column) => column.replaceAll('"', ''))
    } else if (line === String.raw`\.`) table = ''
    else if (wanted.has(table)) yield { table, cells: cellsOf(columns, line) }
  }
  if (table !== '') throw new Failure('corrupt', `the dump ${quoted(path)} ends within a table`)
}

// Lines end with a line feed and nothing else: a value may hold what else breaks lines.
async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf8', { fatal: true })
  let held = ''
  let isFirst = true
  for await (const piece of piecesOf(path)) {
    if (isFirst && piece.toString('latin1', 0, CUSTOM.length) === CUSTOM) throw notPlain(path)
    isFirst = false
    const lines = `${held}${decoder.decode(piece, { stream: true })}`.split('\n')
    held = lines.pop() ?? ''
    yield* lines
  }
  if (held !== '') yield held
}

async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
  } catch (cause) {
    throw new Failure('usage', `cannot read ${quoted(path)}`, { cause })
  }
}

const notPlain = (path: string): Failure =>
  new Failure('usage', `${quoted(path)} is a dump in the custom format of pg_dump`, {
    hint: `\`pg_restore -f dump.sql ${path}\` makes a plain one of it`,
  })

function cellsOf(columns: readonly string[], line: string): ReadonlyMap<string, string> {
  const cells = new Map<string, string>()
  for (const [index, text] of line.split('\t').entries()) {
    const column = columns[index]
    if (column !== undefined && text !== String.raw`\N`) cells.set(column, clear(text))
  }
  return cells
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const clear = (text: string): string =>
  text.includes('\\')
    ? text.replaceAll(/\\(.)/gs, (_all, letter: string) => ESCAPES[letter] ?? letter)
    : text
