import { Command, CommanderError } from 'commander'
import { describeError, exitCodeOf } from '#client/report.ts'
import { Failure } from '#lib/failure.ts'
import { fileFailure } from '../server/file-failure.ts'
import { VERSION } from '../version.ts'
import { accountCommand } from './account.ts'
import { Ended, openContext } from './context.ts'
import { configurationCommand } from './configuration.ts'
import { databaseCommand, dataKeyCommand } from './database.ts'
import { exportCommand, restoreCommand } from './export.ts'
import { importCommand } from './import.ts'
import { policyCommand } from './policy.ts'
import { roleCommand } from './role.ts'
import type { AdminSurroundings } from './surroundings.ts'
import { waitCommand } from './wait.ts'

const COMMANDS = [
  accountCommand,
  configurationCommand,
  dataKeyCommand,
  databaseCommand,
  exportCommand,
  importCommand,
  policyCommand,
  restoreCommand,
  roleCommand,
  waitCommand,
]

/** Runs `strongroom admin` with the arguments after it; resolves to the exit code. */
export async function runAdmin(
  argv: readonly string[],
  surroundings: AdminSurroundings,
): Promise<number> {
  const program = new Command(surroundings.name)
    .description('What an operator does on the machine of the server, whether it runs or not.')
    .version(`strongroom ${VERSION}`, '--version', 'show the version')
    .option('--data-dir <folder>', 'the data folder of the server')
    .option('--config <file>', 'the file of settings of the server')
    .addHelpText(
      'after',
      `\n\`${surroundings.name} server\` starts the server, see \`${surroundings.name} server --help\`.`,
    )
  const context = openContext(surroundings, program)
  for (const command of COMMANDS) program.addCommand(command(context))
  speakThrough(program, surroundings)
  try {
    await program.parseAsync(argv.map(ourSpelling), { from: 'user' })
    return 0
  } catch (error) {
    return report(error, surroundings)
  }
}

/** The one flag of conjurctl that is written with an underscore. */
const ourSpelling = (argument: string): string => argument.replace(/^--out_dir(?==|$)/, '--out-dir')

/** Commander writes to our streams, throws instead of exiting, and leaves errors to us. */
function speakThrough(command: Command, surroundings: AdminSurroundings): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => surroundings.stdout.write(text),
    writeErr: (text) => surroundings.stderr.write(text),
    outputError: () => undefined,
  })
  for (const child of command.commands) speakThrough(child, surroundings)
}

function report(error: unknown, { name, stderr }: AdminSurroundings): number {
  if (error instanceof Ended) return error.exitCode
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const failure =
    error instanceof CommanderError ? usageFailure(error, name) : (fileFailure(error) ?? error)
  stderr.write(describeError(failure))
  return exitCodeOf(failure)
}

const usageFailure = (error: CommanderError, name: string): Failure =>
  new Failure(
    'usage',
    error.code === 'commander.help'
      ? 'a command is missing'
      : error.message.replace(/^error: /, ''),
    { cause: error, hint: `see \`${name} --help\`, or --help after the command` },
  )
