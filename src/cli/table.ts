import type { Entry } from './command.ts'
import { ACCESS } from './table/access.ts'
import { AUTHENTICATOR } from './table/authenticator.ts'
import { AUTHN } from './table/authn.ts'
import { AUDIT } from './table/audit.ts'
import { COMPLETION } from './table/completion.ts'
import { HOST, USER } from './table/credentials.ts'
import { HOST_FACTORY } from './table/hostfactory.ts'
import { IMPORT } from './table/import.ts'
import { ISSUER } from './table/issuer.ts'
import { MFA } from './table/mfa.ts'
import { POLICY } from './table/policy.ts'
import { LIST, RESOURCE } from './table/resource.ts'
import { PUBKEYS } from './table/pubkeys.ts'
import { ROLE } from './table/role.ts'
import { SESSION } from './table/session.ts'
import { TUTORIAL } from './table/tutorial.ts'
import { VARIABLE } from './table/variable.ts'

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Entry[] = [
  TUTORIAL,
  ...SESSION,
  POLICY,
  VARIABLE,
  IMPORT,
  LIST,
  RESOURCE,
  ROLE,
  ...ACCESS,
  USER,
  HOST,
  MFA,
  AUTHENTICATOR,
  AUTHN,
  HOST_FACTORY,
  ISSUER,
  PUBKEYS,
  AUDIT,
  COMPLETION,
]

/** A program of its own, which parses its command line itself. */
export interface Program {
  readonly name: string
  readonly summary: string
}

/** The programs beside the commands. */
export const PROGRAMS: readonly Program[] = [
  { name: 'server', summary: 'serve the API over a PostgreSQL database' },
  { name: 'run', summary: 'start a command with the secrets that secrets.yml names' },
  { name: 'admin', summary: 'accounts, keys and settings, on the machine of the server' },
]
