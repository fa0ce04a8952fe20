import type { Resolve } from './values.ts'

/** Our own client, as the runner needs it. */
export interface OwnClient {
  readonly resolve: Resolve
  /** Which role of which account on which server asks: a text that is the same as long as these are. */
  readonly whose: () => Promise<string>
  /** Whether a second factor was proven for what was looked up just now. */
  readonly hasFactor: () => Promise<boolean>
  /** From now on nobody is asked for a second factor: the terminal is the command's. */
  readonly leaveTerminal: () => void
  readonly close: () => void
}

/** What the runner needs from where it runs. */
export interface RunSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly version: string
  /** The content of a file, `undefined` when there is none. */
  readonly readText: (path: string) => string | undefined
  /** The names in a folder, `undefined` when there is none. */
  readonly list: (path: string) => readonly string[] | undefined
  /** The folders in which Summon looks for providers. */
  readonly standardFolders: readonly string[]
  /** Whether a provider there is used although nobody named it: when we stand in for Summon under its name. */
  readonly takesUnnamed: boolean
  /** Where this user keeps what can be fetched again. */
  readonly cacheFolder: string
  /** Makes the client; called only when there are variables. Throws `configuration` when it is not set up. */
  readonly client: (options: { readonly debug: boolean }) => Promise<OwnClient>
  /** For what was asked for: help, versions. */
  readonly print: (text: string) => void
  /** Tells the person who started the program something. */
  readonly say: (text: string) => void
  /** Shows a line as it is. */
  readonly show: (line: string) => void
  /** Tells that person of a failure or a bug. */
  readonly tell: (error: unknown) => void
}
