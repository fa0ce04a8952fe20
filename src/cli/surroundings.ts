import type { Readable, Writable } from 'node:stream'
import type { Environment } from '#client/settings.ts'

/** What a command needs from where it runs. */
export interface CliSurroundings {
  readonly environment: Environment
  readonly home: string
  readonly version: string
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** For data alone. */
  readonly stdout: Writable & { readonly isTTY?: boolean }
  /** For everything that is said to a person. */
  readonly stderr: Writable & { readonly isTTY?: boolean }
  /** Absent where no program can be started. */
  readonly programs?: ProgramPlaces
}

/** The files of our programs that a command may start. */
export interface ProgramPlaces {
  /** Starts any of them by its name. */
  readonly launcher: string
  /** The server of the tutorial. */
  readonly tutorialServer: string
}
