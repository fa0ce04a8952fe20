import { Failure, quoted } from '#lib/failure.ts'

/** The flags that take a value, by each of their names. */
const VALUED = {
  f: 'file',
  p: 'provider',
  provider: 'provider',
  e: 'environment',
  environment: 'environment',
  D: 'define',
  yaml: 'yaml',
  i: 'ignore',
  ignore: 'ignore',
  'env-file-format': 'envFileFormat',
  'watch-interval': 'watchInterval',
  'watch-signal': 'watchSignal',
  'fallback-max-age': 'fallbackMaxAge',
} as const

/** The flags that are on or off, by each of their names. */
const SWITCHES = {
  I: 'ignoreAll',
  'ignore-all': 'ignoreAll',
  up: 'up',
  V: 'allProviderVersions',
  'all-provider-versions': 'allProviderVersions',
  mask: 'mask',
  watch: 'watch',
  fallback: 'fallback',
  pristine: 'pristine',
  d: 'debug',
  debug: 'debug',
  h: 'help',
  help: 'help',
  v: 'version',
  version: 'version',
} as const

/** The name of a flag that takes a value. */
export type ValuedFlag = (typeof VALUED)[keyof typeof VALUED]

/** The name of a flag that is on or off. */
export type Switch = (typeof SWITCHES)[keyof typeof SWITCHES]

/** A command line taken apart. */
export interface Flags {
  /** All values of a flag, in the order in which they were given. */
  all(name: ValuedFlag): readonly string[]
  /** The last value of a flag, which is the one that counts. */
  last(name: ValuedFlag): string | undefined
  has(name: Switch): boolean
  /** What follows the flags. */
  readonly command: readonly string[]
}

/** What the flag package of Go, in which Summon is written, takes for a truth value. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

/**
 * Takes a command line apart in Summon's manner (reference/broker-run-cli.md C.1): each flag with one dash or two, its value after `=` or as
 * the next word. Flags end at the first word that is none, or at `--`. Throws `usage` for an unknown flag or a missing value.
 */
export function splitFlags(argv: readonly string[]): Flags {
  const values: { readonly name: ValuedFlag; readonly value: string }[] = []
  const switches = new Map<Switch, boolean>()
  const words = [...argv]
  for (let word = words[0]; word !== undefined && isFlag(word); word = words[0]) {
    words.shift()
    if (word === '--') break
    const [, given = '', attached] = /^--?([^=]*)(?:=([^]*))?$/.exec(word) ?? []
    if (isSwitch(given)) switches.set(SWITCHES[given], truthOf(word, attached))
    else values.push({ name: valuedFlag(given, word), value: attached ?? next(word, words) })
  }
  const all = (name: ValuedFlag): readonly string[] =>
    values.filter((flag) => flag.name === name).map(({ value }) => value)
  return {
    all,
    last: (name) => all(name).at(-1),
    has: (name) => switches.get(name) === true,
    command: words,
  }
}

const isFlag = (word: string): boolean => word.startsWith('-') && word !== '-'

const isSwitch = (given: string): given is keyof typeof SWITCHES => Object.hasOwn(SWITCHES, given)

const isValued = (given: string): given is keyof typeof VALUED => Object.hasOwn(VALUED, given)

function truthOf(word: string, attached: string | undefined): boolean {
  if (attached === undefined || TRUE.has(attached)) return true
  if (FALSE.has(attached)) return false
  throw new Failure('usage', `the flag ${quoted(word)} is on or off`, { hint: SEE_HELP })
}

function valuedFlag(given: string, word: string): ValuedFlag {
  if (isValued(given)) return VALUED[given]
  throw new Failure('usage', `the flag ${quoted(word)} is not known`, { hint: SEE_HELP })
}

const SEE_HELP = 'see `strongroom run --help`; write -- before a command that starts with a dash'

function next(word: string, words: string[]): string {
  const value = words.shift()
  if (value === undefined) throw new Failure('usage', `the flag ${quoted(word)} needs a value`)
  return value
}
