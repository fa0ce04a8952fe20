import type { AuditEntryBody } from '#api/wire.ts'
import type { AuditFilter } from '#client/audit-trail.ts'
import type { Client } from '#client/client.ts'

/** A command of a step. */
export interface StepCommand {
  /** What a person types: a line of the shell, or several that belong together. */
  readonly line: string
  /** What is run in its place where nobody types, because the line does otherwise there. */
  readonly unattended?: Unattended
  /** Its output is a secret: shown to a person who types it, and not where nobody does. */
  readonly isSecret?: true
}

/** A command for where nobody types. */
export interface Unattended {
  readonly line: string
  /** What goes to its standard input. */
  readonly input?: () => string
  /** What that is. */
  readonly told?: string
}

/** What a check asks: the server, its audit trail, and the folder in which the person works. */
export interface World {
  /** The server, asked with the login of the person. */
  readonly server: Pick<Client, 'check' | 'resourceExists' | 'roleExists'>
  /** The audit records since the step began that match, newest first. */
  readonly trail: (filter: AuditFilter) => Promise<readonly AuditEntryBody[]>
  /** Whether the app can log in with what its configuration has. */
  readonly appCanLogIn: () => Promise<boolean>
  /** Whether the folder has such a file. */
  readonly hasFile: (name: string) => boolean
}

/** What is missing, in words for the person; `undefined` when nothing is. */
export type Check = (world: World) => Promise<string | undefined>

/** One step of the tutorial: everything there is to say of it. */
export interface Step {
  /** One word, under which progress is kept. */
  readonly name: string
  readonly title: string
  /** Two to four sentences a paragraph. */
  readonly why: readonly string[]
  /** A file of the folder that the step is about, shown with it. */
  readonly file?: string
  /** The commands that do the step, in their order: what is shown, and what is run for whoever skips it. */
  readonly show: readonly StepCommand[]
  /** Asks the server whether the step was done; a step without it is only read. */
  readonly check?: Check
  /** What was checked, as a sentence. */
  readonly proved: string
  /** What the step left behind and later ones stand on: what of it is missing. */
  readonly lasts?: Check
}
