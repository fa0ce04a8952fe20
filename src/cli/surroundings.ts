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
  readonly stderr: Writable
}
