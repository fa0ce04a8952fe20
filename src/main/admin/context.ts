import type { Command } from 'commander'
import { openTerminal } from '#cli/terminal.ts'
import { Failure } from '#lib/failure.ts'
import { openLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import type { Deadlines } from '#storage/postgres/deadline.ts'
import { readConfiguration } from '../server/settings-in-force.ts'
import type { Configuration } from '../server/settings-in-force.ts'
import type { Settings } from '../server/settings.ts'
import { standardsOf } from './conjurctl.ts'
import { openNode, withDatabase, withDatabaseAsIs } from './node.ts'
import type { AdminNode, Connection, NodeOptions } from './node.ts'
import { readLine } from './surroundings.ts'
import type { AdminSurroundings } from './surroundings.ts'

/** What the commands share. */
export interface AdminContext extends AdminSurroundings {
  readonly print: (line: string) => void
  readonly say: (line: string) => void
  /** The settings of the server, by the same file and environment, and the flags of the program. */
  readonly settings: () => Settings
  /** The same with what was said to make them so. */
  readonly configuration: () => Configuration
  /** Opens the installation for one command. */
  readonly withNode: (
    use: (node: AdminNode) => Promise<void>,
    deadlines?: Deadlines,
  ) => Promise<void>
  /** Gives the database itself to one command, its schema up to date. */
  readonly withDatabase: (use: (connection: Connection) => Promise<void>) => Promise<void>
  /** Gives the database as it is to one command; nothing, when it is an embedded one that was never started. */
  readonly withDatabaseAsIs: (
    use: (connection: Connection | undefined) => Promise<void>,
  ) => Promise<void>
  /** A new password: typed twice without echo on a terminal, otherwise a line of the standard input. */
  readonly newPassword: () => Promise<string>
}

/** A command that ends with an exit code of its own: what it had to say has been said. */
export class Ended extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super('the command has ended')
    this.exitCode = exitCode
  }
}

/** The context of one run of `program`. */
export function openContext(surroundings: AdminSurroundings, program: Command): AdminContext {
  const print = (line: string): void => void surroundings.stdout.write(`${line}\n`)
  const say = (line: string): void => void surroundings.stderr.write(`${line}\n`)
  const flags = (): readonly string[] => {
    const { dataDir, config } = program.opts<{ dataDir?: string; config?: string }>()
    return [
      ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
      ...(config === undefined ? [] : ['--config', config]),
    ]
  }
  const configuration = (): Configuration =>
    readConfiguration(flags(), surroundings.environment, { standards: standardsOf(surroundings) })
  const settings = (): Settings => configuration().settings
  const options = (): NodeOptions => {
    const inForce = settings()
    return { settings: inForce, log: logFor(inForce, surroundings) }
  }
  return {
    ...surroundings,
    print,
    say,
    configuration,
    settings,
    async withNode(use, deadlines) {
      await using node = await openNode({ ...options(), deadlines })
      await use(node)
    },
    withDatabase: async (use) => withDatabase(options(), use),
    withDatabaseAsIs: async (use) => withDatabaseAsIs(options(), use),
    newPassword: () => newPassword(surroundings),
  }
}

/** A command says what it did by itself; its log is for trouble. */
function logFor({ logFormat, logLevel }: Settings, { stderr }: AdminSurroundings): Log {
  const level = logLevel === 'info' ? 'warn' : logLevel
  return openLog(
    logFormat,
    level,
    (line) => stderr.write(line),
    () => new Date(),
  )
}

async function newPassword(surroundings: AdminSurroundings): Promise<string> {
  const terminal = openTerminal(surroundings)
  if (terminal === undefined) return readLine(surroundings)
  const password = await terminal.askHidden('New password: ')
  if ((await terminal.askHidden('Again: ')) === password) return password
  throw new Failure('usage', 'the two passwords differ')
}
