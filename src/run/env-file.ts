import { Failure, quoted } from '#lib/failure.ts'
import { goQuote } from './go-quote.ts'
import { shellQuote } from './shell-quote.ts'

/** One variable of a file that has them all. */
export type Variable = readonly [key: string, value: string]

interface Format {
  /** Throws `configuration` for a variable that the format cannot carry. */
  readonly line: (key: string, value: string) => string
}

/** What Summon puts into quotes. */
const QUOTED = /[ \t\n\r'"\\]/

/** The longest line that the scanner of Docker and kubectl takes, in bytes. */
const LONGEST_LINE = 64 * 1024 - 1

/** The names of the formats. */
export type EnvFileFormat = 'summon' | 'docker' | 'kubectl' | 'bash'

/**
 * How the file is written that stands for `@SUMMONENVFILE` (reference/broker-run-cli.md C.6). Docker and kubectl take what follows the first
 * `=` as it is and know no quotes, so what would not arrive unchanged is refused.
 */
const FORMATS: Readonly<Record<EnvFileFormat, Format>> = {
  summon: {
    line: (key, value) => `${key}=${QUOTED.test(value) ? goQuote(value) : value}`,
  },
  docker: { line: (key, value) => plainLine(key, value, /^[^#\s][^\s]*$/) },
  kubectl: {
    line: (key, value) => plainLine(key, value, /^(?!\.$|\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*$/),
  },
  bash: {
    line: (key, value) => `export ${mustFit(key, /^[a-zA-Z_]\w*$/)}=${shellQuote(value)}`,
  },
}

/** The format of that name; throws `usage` when there is none. */
export function envFileFormat(name: string): EnvFileFormat {
  if (isFormat(name)) return name
  throw new Failure('usage', `there is no format ${quoted(name)} for an env file`, {
    hint: `it is one of ${Object.keys(FORMATS).join(', ')}`,
  })
}

const isFormat = (name: string): name is EnvFileFormat => Object.hasOwn(FORMATS, name)

/** The text of a file with `variables`, one a line by their names; throws `configuration` for one that `format` cannot carry. */
export function renderEnvFile(variables: readonly Variable[], format: EnvFileFormat): string {
  const lines = variables
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${FORMATS[format].line(key, value)}\n`)
  return lines.join('')
}

function plainLine(key: string, value: string, shape: RegExp): string {
  const line = `${mustFit(key, shape)}=${value}`
  if (/[\n\r]/.test(value)) throw cannotCarry(key, 'has line breaks')
  if (Buffer.byteLength(line) > LONGEST_LINE) throw cannotCarry(key, 'is longer than 64 KiB')
  return line
}

const cannotCarry = (key: string, why: string): Failure =>
  new Failure(
    'configuration',
    `the value for ${quoted(key)} ${why}, which the env file cannot carry`,
    {
      hint: `give a file instead: ${key}: !var:file ID`,
    },
  )

function mustFit(key: string, shape: RegExp): string {
  if (shape.test(key)) return key
  throw new Failure('configuration', `${quoted(key)} is not a name that the env file can carry`)
}
