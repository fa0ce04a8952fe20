import { Command, CommanderError } from 'commander'
import { describeError, exitCodeOf } from '#client/report.ts'
import { Failure } from '#lib/failure.ts'
import { auditCommand } from './audit.ts'
import { authenticatorCommand } from './authenticator.ts'
import { checkCommand } from './check.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { openContext, withGlobalOptions } from './context.ts'
import { hostFactoryCommand } from './hostfactory.ts'
import { initCommand } from './init.ts'
import { listCommand } from './list.ts'
import { loginCommand, logoutCommand } from './login.ts'
import { policyCommand } from './policy.ts'
import { pubkeysCommand } from './pubkeys.ts'
import type { CliSurroundings } from './surroundings.ts'
import { variableCommand } from './variable.ts'
import { whoamiCommand } from './whoami.ts'

/** The commands, in the order in which help lists them. */
const COMMANDS: readonly ((context: CliContext) => Command)[] = [
  initCommand,
  loginCommand,
  logoutCommand,
  whoamiCommand,
  policyCommand,
  variableCommand,
  listCommand,
  checkCommand,
  authenticatorCommand,
  hostFactoryCommand,
  pubkeysCommand,
  auditCommand,
]

const PROGRAMS = `
Programs:
  server                    serve the API over a PostgreSQL database
  run                       start a command with the secrets that secrets.yml names
  admin                     accounts, keys and settings, on the machine of the server

Each has its own help, for example: strongroom run --help`

/**
 * Carries out a command line and answers with its exit code: 0, or that of the failure, which is told on the standard error
 * stream; 2 for a command line that makes no sense.
 */
export async function runCli(
  argv: readonly string[],
  surroundings: CliSurroundings,
): Promise<number> {
  const program = buildProgram(surroundings)
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

function buildProgram(surroundings: CliSurroundings): Command {
  const program = new Command('strongroom')
    .description('Gives programs the secrets they are entitled to, and nothing else.')
    .version(surroundings.version, '--version', 'show the version')
    .enablePositionalOptions()
    .addHelpText('after', PROGRAMS)
  const context = openContext(surroundings, () => program.opts<GlobalOptions>())
  withGlobalOptions(program)
  for (const command of COMMANDS) program.addCommand(command(context))
  speakThrough(program, surroundings)
  return program
}

/** Commander writes to our streams, throws instead of exiting, and leaves errors to us. */
function speakThrough(command: Command, surroundings: CliSurroundings): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => surroundings.stdout.write(text),
    writeErr: (text) => surroundings.stderr.write(text),
    outputError: () => undefined,
  })
  for (const child of command.commands) speakThrough(child, surroundings)
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
