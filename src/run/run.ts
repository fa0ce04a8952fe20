import { Failure } from '#lib/failure.ts'
import type { RunOptions } from './arguments.ts'
import { parseRunArguments } from './arguments.ts'
import { runChild } from './child.ts'
import { childEnvironment } from './child-environment.ts'
import { findSecrets } from './locate.ts'
import { filesBase, openSecretFiles, sweepSecretFiles } from './secret-files.ts'
import { parseSecrets } from './secrets-file.ts'
import { USAGE } from './usage.ts'
import type { Resolve } from './values.ts'
import { fetchValues } from './values.ts'
import { forwardSignals } from './signals.ts'

/** What the runner needs from where it runs. */
export interface RunSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly version: string
  readonly readText: (path: string) => string | undefined
  /** Makes what looks variables up; called only when there are variables. */
  readonly resolver: (options: { readonly debug: boolean }) => Promise<Resolve>
  readonly print: (text: string) => void
  /** Shows a failure or a bug to the person who started the program. */
  readonly tell: (error: unknown) => void
}

/** The exit code of our own failures, as Summon has it: the codes of the child are all taken. */
const FAILED = 127

/**
 * `strongroom run`: starts a command with the secrets of a secrets file, and answers with its exit code. When a secret cannot be
 * had, no command is started, the reason goes to the standard error stream and the exit code is 127.
 */
export async function run(argv: readonly string[], surroundings: RunSurroundings): Promise<number> {
  try {
    const options = parseRunArguments(argv)
    if (options.help) return shown(surroundings, USAGE)
    if (options.version) return shown(surroundings, `${surroundings.version}\n`)
    if (options.command.length === 0) {
      throw new Failure('usage', 'Enter a subprocess to run!', {
        hint: 'see `strongroom run --help`',
      })
    }
    return await runWithSecrets(options, surroundings)
  } catch (error) {
    surroundings.tell(error)
    return FAILED
  }
}

function shown({ print }: RunSurroundings, text: string): number {
  print(text)
  return 0
}

/** What an earlier run left concerns no one but its user: the command starts even when it cannot be removed. */
function sweep(base: string, { tell }: RunSurroundings): void {
  try {
    sweepSecretFiles(base)
  } catch (error) {
    tell(error)
  }
}

async function runWithSecrets(options: RunOptions, surroundings: RunSurroundings): Promise<number> {
  const base = filesBase()
  sweep(base, surroundings)
  const { where, text } = findSecrets(options, surroundings.folder, surroundings.readText)
  const entries = parseSecrets(text, { ...options, where })
  const resolve: Resolve = async (ids) => (await surroundings.resolver(options))(ids)
  const { values, ignored } = await fetchValues(entries, resolve, options)
  // Told even though they may be missing: the command may now see a value that its environment already had.
  for (const failure of ignored) surroundings.tell(failure)

  const signals = forwardSignals()
  const files = openSecretFiles(base)
  try {
    const environment = childEnvironment({
      inherited: surroundings.environment,
      entries,
      values,
      section: options.environment,
      write: (value) => files.write(value),
    })
    const ending = await runChild(options.command, environment, signals)
    if (ending.kind === 'not-started') surroundings.tell(ending.failure)
    return ending.exitCode
  } finally {
    files.remove()
    signals.stop()
  }
}
