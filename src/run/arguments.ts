import { Failure, quoted } from '#lib/failure.ts'

/** What the command line of `strongroom run` asks for. */
export interface RunOptions {
  /** The secrets file; `secrets.yml` when it was not named. */
  readonly file: string
  /** Whether `file` was named, so that its absence is worth another message. */
  readonly isNamed: boolean
  /** The text of a secrets file that stands in for one. */
  readonly inline?: string
  /** The section of the file. */
  readonly environment?: string
  readonly substitutions: ReadonlyMap<string, string>
  /** The environment variables whose secrets may be missing. */
  readonly ignored: ReadonlySet<string>
  readonly ignoreAll: boolean
  /** Whether to look for the file in the folders above, too. */
  readonly up: boolean
  readonly debug: boolean
  readonly help: boolean
  readonly version: boolean
  /** The command with its arguments, empty when none was given. */
  readonly command: readonly string[]
}

/** The flags by each of their names, with one dash or two; those of `SWITCHES` take no value. */
const FLAGS: Readonly<Record<string, string>> = {
  f: 'file',
  e: 'environment',
  environment: 'environment',
  D: 'define',
  yaml: 'yaml',
  i: 'ignore',
  ignore: 'ignore',
}
const SWITCHES: Readonly<Record<string, string>> = {
  I: 'ignoreAll',
  'ignore-all': 'ignoreAll',
  up: 'up',
  d: 'debug',
  debug: 'debug',
  h: 'help',
  help: 'help',
  v: 'version',
  version: 'version',
}

interface Given {
  readonly flags: readonly { readonly name: string; readonly value: string }[]
  readonly switches: ReadonlySet<string>
  readonly command: readonly string[]
}

/**
 * Reads a command line in Summon's manner (reference/broker-run-cli.md C.1): flags end at the first word that is none, or
 * at `--`, and what follows belongs to the command. Throws `usage` for an unknown flag or a missing value.
 */
export function parseRunArguments(argv: readonly string[]): RunOptions {
  const { flags, switches, command } = split(argv)
  const all = (name: string): readonly string[] =>
    flags.filter((flag) => flag.name === name).map(({ value }) => value)
  const inline = all('yaml').at(-1)
  const environment = all('environment').at(-1)
  return {
    file: all('file').at(-1) ?? 'secrets.yml',
    isNamed: all('file').length > 0,
    ...(inline === undefined ? {} : { inline }),
    ...(environment === undefined ? {} : { environment }),
    substitutions: new Map(all('define').map(parseDefinition)),
    ignored: new Set(all('ignore')),
    ignoreAll: switches.has('ignoreAll'),
    up: switches.has('up'),
    debug: switches.has('debug'),
    help: switches.has('help'),
    version: switches.has('version'),
    command,
  }
}

function split(argv: readonly string[]): Given {
  const flags: { name: string; value: string }[] = []
  const switches = new Set<string>()
  const words = [...argv]
  for (let word = words[0]; word !== undefined && isFlag(word); word = words[0]) {
    words.shift()
    if (word === '--') break
    const [, given = '', attached] = /^--?([^=]*)(?:=([^]*))?$/.exec(word) ?? []
    if (Object.hasOwn(SWITCHES, given) && attached === undefined) {
      switches.add(SWITCHES[given] ?? '')
    } else {
      flags.push({ name: flagName(given, word), value: attached ?? mustHave(word, words.shift()) })
    }
  }
  return { flags, switches, command: words }
}

const isFlag = (word: string): boolean => word.startsWith('-') && word !== '-'

function flagName(given: string, word: string): string {
  const name = Object.hasOwn(FLAGS, given) ? FLAGS[given] : undefined
  if (name !== undefined) return name
  const problem = Object.hasOwn(SWITCHES, given) ? 'takes no value' : 'is not known'
  throw new Failure('usage', `the flag ${quoted(word)} ${problem}`, {
    hint: 'see `strongroom run --help`; write -- before a command that starts with a dash',
  })
}

function mustHave(word: string, value: string | undefined): string {
  if (value === undefined) throw new Failure('usage', `the flag ${quoted(word)} needs a value`)
  return value
}

function parseDefinition(text: string): readonly [string, string] {
  const end = text.indexOf('=')
  if (end < 1) {
    throw new Failure('usage', `invalid substitution format: ${quoted(text)} (expected key=value)`)
  }
  return [text.slice(0, end), text.slice(end + 1)]
}
