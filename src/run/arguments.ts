import { constants } from 'node:os'
import { Failure, quoted } from '#lib/failure.ts'
import { parseDuration } from './duration.ts'
import type { EnvFileFormat } from './env-file.ts'
import { envFileFormat } from './env-file.ts'
import type { Flags } from './flags.ts'
import { splitFlags } from './flags.ts'

/** How values are watched while the command runs. */
export interface WatchOptions {
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number
  /** What tells the command of new values; absent: it is started anew. */
  readonly signal?: NodeJS.Signals
}

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
  /** The keys, or the ids, whose secrets may be missing. */
  readonly ignored: ReadonlySet<string>
  readonly ignoreAll: boolean
  /** Whether to look for the file in the folders above, too. */
  readonly up: boolean
  /** The name or path of a provider that is asked in place of the server. */
  readonly provider?: string
  /** Whether to show the versions of the providers instead of running anything. */
  readonly allProviderVersions: boolean
  /** How the file that stands for `@SUMMONENVFILE` is written. */
  readonly envFileFormat: EnvFileFormat
  /** Whether values are taken out of what the command prints. */
  readonly mask: boolean
  /** Whether the command goes without our own credentials. */
  readonly pristine: boolean
  readonly watch?: WatchOptions
  /** How old the values may be that stand in for a server that does not answer, in milliseconds; absent: none may. */
  readonly fallbackMaxAgeMs?: number
  readonly debug: boolean
  readonly help: boolean
  readonly version: boolean
  /** The command with its arguments, empty when none was given. */
  readonly command: readonly string[]
}

const WATCH_INTERVAL_MS = 30_000
const SHORTEST_INTERVAL_MS = 100
const FALLBACK_MAX_AGE_MS = 24 * 3_600_000

/** Reads a command line (reference/broker-run-cli.md C.1, and our own flags). Throws `usage` for one that makes no sense. */
export function parseRunArguments(argv: readonly string[]): RunOptions {
  const flags = splitFlags(argv)
  return {
    file: flags.last('file') ?? 'secrets.yml',
    isNamed: flags.last('file') !== undefined,
    ...member('inline', flags.last('yaml')),
    ...member('environment', flags.last('environment')),
    ...member('provider', flags.last('provider')),
    ...member('watch', watchOptions(flags)),
    ...member('fallbackMaxAgeMs', fallbackMaxAge(flags)),
    substitutions: new Map(flags.all('define').map(parseDefinition)),
    ignored: new Set(flags.all('ignore')),
    ignoreAll: flags.has('ignoreAll'),
    up: flags.has('up'),
    allProviderVersions: flags.has('allProviderVersions'),
    envFileFormat: envFileFormat(flags.last('envFileFormat') ?? 'summon'),
    mask: flags.has('mask'),
    pristine: flags.has('pristine'),
    debug: flags.has('debug'),
    help: flags.has('help'),
    version: flags.has('version'),
    command: flags.command,
  }
}

const member = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a computed name widens to string
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }

/** The flags that say how to watch ask for it, too. */
function watchOptions(flags: Flags): WatchOptions | undefined {
  const interval = flags.last('watchInterval')
  const signal = flags.last('watchSignal')
  if (!flags.has('watch') && interval === undefined && signal === undefined) return undefined
  return {
    intervalMs: interval === undefined ? WATCH_INTERVAL_MS : parseInterval(interval),
    ...(signal === undefined ? {} : { signal: parseSignal(signal) }),
  }
}

function parseInterval(text: string): number {
  const interval = parseDuration('--watch-interval', text)
  if (interval >= SHORTEST_INTERVAL_MS) return interval
  throw new Failure('usage', `the flag \`--watch-interval\` needs 100ms at least`)
}

function fallbackMaxAge(flags: Flags): number | undefined {
  const age = flags.last('fallbackMaxAge')
  if (age !== undefined) return parseDuration('--fallback-max-age', age)
  return flags.has('fallback') ? FALLBACK_MAX_AGE_MS : undefined
}

const isSignal = (name: string): name is NodeJS.Signals => Object.hasOwn(constants.signals, name)

function parseSignal(text: string): NodeJS.Signals {
  const name = text.toUpperCase().replace(/^(?!SIG)/, 'SIG')
  if (isSignal(name)) return name
  throw new Failure('usage', `there is no signal ${quoted(text)}`, { hint: 'for example HUP' })
}

function parseDefinition(text: string): readonly [string, string] {
  const end = text.indexOf('=')
  if (end < 1) {
    throw new Failure('usage', `invalid substitution format: ${quoted(text)} (expected key=value)`)
  }
  return [text.slice(0, end), text.slice(end + 1)]
}
