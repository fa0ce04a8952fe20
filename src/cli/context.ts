import type { Client, ClientOptions } from '#client/client.ts'
import type { Form, Outcome } from './output.ts'
import { printed } from './output.ts'
import type { CliSurroundings } from './surroundings.ts'
import type { Terminal } from './terminal.ts'
import { openTerminal } from './terminal.ts'
import { whenDemanded } from './when-demanded.ts'

/** The flags of every command, before or after its name. */
export interface GlobalOptions {
  readonly debug?: true
  /** Milliseconds. */
  readonly timeout?: number
  /** Absent where the command shows its outcome as it always did. */
  readonly output?: Form
}

/** What the commands share. */
export interface CliContext extends CliSurroundings {
  /** Somebody to ask, when there is one. */
  readonly terminal: Terminal | undefined
  /** Writes data, exactly as it is. */
  readonly print: (data: string | Uint8Array) => void
  /** Writes what the command has to show, in the form that is asked for. */
  readonly show: (outcome: Outcome) => Promise<void>
  /** Tells a person something. */
  readonly say: (text: string) => void
  /** Tells a person of something that may harm. */
  readonly warn: (text: string) => void
  /** What the flags say of how to talk to the server. */
  readonly clientOptions: Pick<ClientOptions, 'timeoutMs' | 'observe'>
  /** Gives `use` a client for the configured server and login, and what comes of it back. */
  readonly withClient: <Result>(use: (client: Client) => Promise<Result>) => Promise<Result>
}

/** The context of one command with its flags. */
export function openContext(
  surroundings: CliSurroundings,
  { debug, timeout, output }: GlobalOptions,
): CliContext {
  const say = (text: string): void => void surroundings.stderr.write(`${text}\n`)
  const print = (data: string | Uint8Array): void => void surroundings.stdout.write(data)
  const warn = (text: string): void => say(`strongroom: warning: ${text}`)
  const clientOptions: CliContext['clientOptions'] = {
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(debug === true
      ? { observe: ({ method, path, status }) => say(`${method} ${path} ${status}`) }
      : {}),
  }
  const terminal = openTerminal(surroundings)
  return {
    ...surroundings,
    terminal,
    print,
    say,
    warn,
    clientOptions,
    show: async (outcome) => print(await printed(outcome, output)),
    async withClient(use) {
      // Loaded here because not every command needs a server, and TLS takes longest to load.
      const { connect } = await import('#client/connect.ts')
      const proveFactor = whenDemanded({ ...surroundings, terminal, say })
      const client = await connect({ ...surroundings, warn }, { ...clientOptions, proveFactor })
      try {
        return await use(client)
      } finally {
        client.close()
      }
    },
  }
}
