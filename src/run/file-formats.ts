import { Failure, quoted } from '#lib/failure.ts'
import { jsonQuote } from './json-quote.ts'
import { goQuote } from './go-quote.ts'
import { shellQuote } from './shell-quote.ts'
import type { Variable } from './env-file.ts'

interface Format {
  /** Whether the format can have an alias. */
  readonly takes: (alias: string) => boolean
  readonly write: (secrets: readonly Variable[]) => string
}

const lines =
  (line: (alias: string, value: string) => string): Format['write'] =>
  (secrets) =>
    secrets.map(([alias, value]) => line(alias, value)).join('\n')

const isName = (alias: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(alias)

const isPrintable = (alias: string, length: number): boolean =>
  alias.length <= length && !/["\\]|(?! )[\p{C}\p{Z}]/u.test(alias)

/** The names of the formats. */
export type FileFormat = 'yaml' | 'json' | 'dotenv' | 'properties' | 'bash' | 'template'

/**
 * The formats of files (reference/broker-run-cli.md C.3.1). Where Summon quotes as Go does, which no reader of these formats expects, each value
 * is quoted as its format says; for values without special characters that is the same.
 */
const FORMATS: Readonly<Record<FileFormat, Format>> = {
  yaml: {
    takes: (alias) => isPrintable(alias, 1024),
    write: lines((alias, value) => `${jsonQuote(alias)}: ${jsonQuote(value)}`),
  },
  json: {
    takes: (alias) => isPrintable(alias, 2_097_152),
    write: (secrets) =>
      `{${secrets.map(([alias, value]) => `${jsonQuote(alias)}:${jsonQuote(value)}`).join(',')}}`,
  },
  dotenv: {
    takes: isName,
    write: lines((alias, value) => `${alias}=${dotenvQuote(value)}`),
  },
  properties: {
    takes: (alias) => /^[a-zA-Z_][a-zA-Z0-9_.]*$/.test(alias),
    write: lines((alias, value) => `${alias}=${jsonQuote(value)}`),
  },
  bash: {
    takes: isName,
    write: lines((alias, value) => `export ${alias}=${shellQuote(value)}`),
  },
  template: {
    takes: () => true,
    write: () => {
      throw new Failure('configuration', 'a template is needed for the format `template`')
    },
  },
}

/** The format of that name; throws `configuration` when there is none. */
export function fileFormat(name: string): FileFormat {
  if (isFormat(name)) return name
  throw new Failure('configuration', `unrecognized standard file format, ${quoted(name)}`, {
    hint: `it is one of ${Object.keys(FORMATS).join(', ')}`,
  })
}

const isFormat = (name: string): name is FileFormat => Object.hasOwn(FORMATS, name)

/** Throws `configuration` for an alias that a file of `format` cannot have. */
export function checkAlias(alias: string, format: FileFormat): void {
  if (alias !== '' && FORMATS[format].takes(alias)) return
  throw new Failure(
    'configuration',
    `${quoted(alias)} cannot be an alias in a file of format ${format}`,
  )
}

/** The text of a file with `secrets`, by their aliases; it does not end with a line break. */
export const renderFile = (format: FileFormat, secrets: readonly Variable[]): string =>
  FORMATS[format].write(secrets.toSorted(([one], [other]) => (one < other ? -1 : 1)))

/**
 * The readers of dotenv files agree on text without special characters between double quotes, and on nearly everything else
 * between single ones; what those cannot hold is escaped as Go and Ruby read it.
 */
function dotenvQuote(value: string): string {
  if (!/["'\\$`\n\r]|[\p{Cc}]/u.test(value)) return `"${value}"`
  if (!/'|\\\\|\\$|(?!\n)\p{Cc}/u.test(value)) return `'${value}'`
  return goQuote(value).replaceAll('$', String.raw`\$`)
}
