import { Command } from 'commander'
import type { Client } from '#client/client.ts'
import { connect } from '#client/connect.ts'
import { durationMs } from './option-values.ts'
import type { CliSurroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'
import { openTerminal } from './terminal.ts'

/** The flags of every command, before or after its name. */
export interface GlobalOptions {
  readonly debug?: boolean
  readonly timeout?: number
}

/** What the commands share. */
export interface CliContext extends CliSurroundings {
  /** Somebody to ask, when there is one. */
  readonly terminal: Terminal | undefined
  /** Writes data, exactly as it is. */
  readonly print: (data: string | Uint8Array) => void
  /** Writes data as JSON for people and programs. */
  readonly printJson: (data: unknown) => void
  /** Tells a person something. */
  readonly say: (text: string) => void
  /** What the flags say of how to talk to the server. */
  readonly clientOptions: (options: GlobalOptions) => Parameters<typeof connect>[1]
  /** Gives `use` a client for the configured server and login. */
  readonly withClient: (
    options: GlobalOptions,
    use: (client: Client) => Promise<void>,
  ) => Promise<void>
}

/** The context of one run; `globals` gives the flags that stand before the name of the command. */
export function openContext(
  surroundings: CliSurroundings,
  globals: () => GlobalOptions,
): CliContext {
  const say = (text: string): void => void surroundings.stderr.write(`${text}\n`)
  const print = (data: string | Uint8Array): void => void surroundings.stdout.write(data)
  const clientOptions: CliContext['clientOptions'] = (options) => {
    const { debug, timeout } = { ...globals(), ...options }
    return {
      ...(timeout === undefined ? {} : { timeoutMs: timeout }),
      ...(debug === true
        ? { observe: ({ method, path, status }) => say(`${method} ${path} ${status}`) }
        : {}),
    }
  }
  return {
    ...surroundings,
    terminal: openTerminal(surroundings),
    print,
    printJson: (data) => print(`${JSON.stringify(data, undefined, 2)}\n`),
    say,
    clientOptions,
    async withClient(options, use) {
      const warn = (message: string): void => say(`strongroom: warning: ${message}`)
      const client = await connect({ ...surroundings, warn }, clientOptions(options))
      try {
        await use(client)
      } finally {
        client.close()
      }
    },
  }
}

/** A command that talks to the server, with the flags that all of them have. */
export function serverCommand(name: string, description: string): Command {
  return withGlobalOptions(new Command(name).description(description))
}

/** Adds the flags of every command. */
export const withGlobalOptions = (command: Command): Command =>
  command
    .option('-d, --debug', 'show method, path and status of each request')
    .option('--timeout <duration>', 'how long a request may take, from 1s to 10m', durationMs)
