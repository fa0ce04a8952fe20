import { parseArgs } from 'node:util'
import { Failure } from '#lib/failure.ts'
import { SETTINGS } from '../server/setting-table.ts'

/** What `conjurctl server` is told (reference/conjur-api.md 7.7). */
export interface ServerOrder {
  /** What goes to the settings: flags of `strongroom server`. */
  readonly flags: readonly string[]
  /** The account to create, unless it is there. */
  readonly account: string | undefined
  /** The administrator's password is a line of the input. */
  readonly passwordFromStdin: boolean
  /** The policy that the account begins with. */
  readonly file: string | undefined
  readonly migrates: boolean
  readonly help: boolean
}

/** The flags that are no settings. The process that `no-rotation` leaves out in Conjur is none of ours. */
const OWN = {
  file: { type: 'string', short: 'f' },
  'password-from-stdin': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  'no-migrate': { type: 'boolean' },
  'no-rotation': { type: 'boolean' },
  'no-authn-local': { type: 'boolean' },
} as const

const SHORT: Readonly<Record<string, string>> = { account: 'a', port: 'p', 'bind-address': 'b' }

/** All settings as options, so that they may be given here as well. */
const SETTING_OPTIONS = Object.fromEntries(
  Object.keys(SETTINGS).map((name) => {
    const short = SHORT[name]
    return [name, { type: 'string' as const, ...(short === undefined ? {} : { short }) }]
  }),
)

/** Reads the arguments after `server`; throws `usage` for those that contradict each other or are unknown. */
export function parseServerArguments(argv: readonly string[]): ServerOrder {
  const values = valuesOf(argv)
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const order = {
    flags: flagsOf(text, values['no-authn-local'] === true),
    account: text('account'),
    passwordFromStdin: values['password-from-stdin'] === true,
    file: text('file'),
    migrates: values['no-migrate'] !== true,
    help: values['help'] === true,
  }
  if (order.account === undefined && order.passwordFromStdin) {
    throw new Failure('usage', 'account is required with password-from-stdin flag')
  }
  if (order.account === undefined && order.file !== undefined) {
    throw new Failure('usage', 'account option is required with file option')
  }
  return order
}

/** What was given as a setting. Without the socket it is switched off, whatever file or environment say. */
const flagsOf = (
  text: (name: string) => string | undefined,
  withoutSocket: boolean,
): readonly string[] =>
  Object.keys(SETTINGS).flatMap((name) => {
    const value = withoutSocket && name === 'local-socket' ? '' : text(name)
    return value === undefined ? [] : [`--${name}=${value}`]
  })

function valuesOf(argv: readonly string[]): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...argv], options: { ...SETTING_OPTIONS, ...OWN } }).values
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    const [message = ''] = cause.message.split('\n', 1)
    throw new Failure('usage', message.charAt(0).toLowerCase() + message.slice(1), { cause })
  }
}

/** The text of `server --help`. */
export const serverHelp = (name: string): string => `usage: ${name} server [flags]

Waits for the database, brings its schema up to date, and serves until SIGTERM or Ctrl-C.

  -a, --account NAME       create this account first, unless it is there; without it none is created
  --password-from-stdin    the password of its administrator is a line of the input
  -f, --file PATH          the policy that the account begins with; not loaded when it has one
  -p, --port PORT          port to listen on
  -b, --bind-address IP    address to listen on
  --no-migrate             fail when the schema is not up to date
  --no-rotation            for scripts of Conjur; of no effect
  --no-authn-local         no local-socket, whatever the settings say

Every flag of \`strongroom server --help\` may be given as well.
`
