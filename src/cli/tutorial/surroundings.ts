import { delimiter } from 'node:path'
import type { Environment } from '#client/settings.ts'
import type { Folder } from './folder.ts'

/** What would lead a command to the person's own servers, logins and files, or a server to its own settings. */
const OWN =
  /^(?:CONJUR|STRONGROOM_|SUMMON_|JWT_TOKEN_PATH$|DATABASE_URL$|DBUS_SESSION_BUS_ADDRESS$|XDG_(?:CONFIG|CACHE|DATA|STATE)_HOME$|NODE_)/

/**
 * The environment of everything that the tutorial starts: the person's own, but for whatever has to do with us, and with another home. Nothing in
 * it leads to what the person has set up outside.
 */
export const isolated = (
  environment: Environment,
  { home, programs }: Pick<Folder, 'home' | 'programs'>,
): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !OWN.test(entry[0]),
    ),
  ),
  HOME: home,
  PATH: [programs, environment['PATH'] ?? ''].join(delimiter),
  CONJUR_CREDENTIAL_STORAGE: 'file',
})
