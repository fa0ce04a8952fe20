import type { Client, ClientOptions } from './client.ts'
import { createClient } from './client.ts'
import { configurationOf } from './configuration.ts'
import { chooseCredentials } from './credential-order.ts'
import { readTextFile } from './private-file.ts'
import type { Environment, Settings } from './settings.ts'
import { readSettings } from './settings.ts'
import { netrcPath, readLogin } from './stored-login.ts'

/** Who runs the program, and how to tell them something. */
export interface Surroundings {
  readonly environment: Environment
  readonly home: string
  readonly warn: (message: string) => void
}

/** The settings of the user who runs the program. */
export const settingsOf = ({
  environment,
  home,
}: Pick<Surroundings, 'environment' | 'home'>): Promise<Settings> =>
  readSettings({ environment, home, readText: readTextFile })

/** A client for the server and with the credentials that the user's configuration names; `options` override it. */
export async function connect(
  surroundings: Surroundings,
  options: Partial<Omit<ClientOptions, 'url' | 'account'>> = {},
): Promise<Client> {
  const settings = await settingsOf(surroundings)
  const server = configurationOf(settings, readTextFile)
  const path = netrcPath(settings, surroundings.home)
  const credentials = chooseCredentials(settings, () =>
    readLogin(path, server.url, surroundings.warn),
  )
  return createClient({ ...server, credentials, ...options })
}
