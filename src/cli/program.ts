import { CommanderError } from 'commander'
import { describeError, exitCodeOf } from '#client/report.ts'
import { Failure } from '#lib/failure.ts'
import { buildCommandLine } from './command-line.ts'
import type { CliSurroundings } from './surroundings.ts'
import { COMMANDS, PROGRAMS } from './table.ts'

/**
 * Carries out a command line and answers with its exit code: 0, or that of the failure, which is told on the standard error
 * stream; 2 for a command line that makes no sense.
 */
export async function runCli(
  argv: readonly string[],
  surroundings: CliSurroundings,
): Promise<number> {
  const program = buildCommandLine(COMMANDS, surroundings)
    .description('Gives programs the secrets they are entitled to, and nothing else.')
    .version(surroundings.version, '--version', 'show the version')
    .addHelpText('after', programsHelp)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    const failure = error instanceof CommanderError ? usageFailure(error) : error
    if (failure === undefined) return 0
    surroundings.stderr.write(describeError(failure))
    return exitCodeOf(failure)
  }
}

function programsHelp(): string {
  const rows = PROGRAMS.map(({ name, summary }) => `  ${name.padEnd(24)}  ${summary}`)
  return `\nPrograms:\n${rows.join('\n')}\n\nEach has its own help, for example: strongroom run --help`
}

/** `undefined` for help and the version, which were asked for. */
function usageFailure(error: CommanderError): Failure | undefined {
  if (error.exitCode === 0) return undefined
  if (error.code === 'commander.help') return new Failure('usage', 'a command is missing')
  return new Failure('usage', error.message.replace(/^error: /, ''), {
    cause: error,
    hint: 'see `strongroom --help`, or --help after the command',
  })
}
