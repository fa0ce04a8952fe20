import type { Client, ClientOptions } from './client.ts'
import { createClient } from './client.ts'
import type { Configuration } from './configuration.ts'
import { configurationOf } from './configuration.ts'
import { chooseCredentials } from './credential-order.ts'
import type { Credentials } from './credentials.ts'
import { readTextFile } from './private-file.ts'
import type { Settings } from './settings.ts'
import { readSettings } from './settings.ts'
import type { LoginPlaces } from './stored-login.ts'

/** Who runs the program, and how to tell them something. */
export type Surroundings = LoginPlaces

/** The settings of the user who runs the program. */
export const settingsOf = ({
  environment,
  home,
}: Pick<Surroundings, 'environment' | 'home'>): Promise<Settings> =>
  readSettings({ environment, home, readText: readTextFile })

/** A client, and what it was made of. */
export interface Connection {
  readonly client: Client
  readonly server: Configuration
  readonly credentials: Credentials
}

/** A client for the server and with the credentials that the user's configuration names; `options` override it. */
export async function openConnection(
  surroundings: Surroundings,
  options: Partial<Omit<ClientOptions, 'url' | 'account'>> = {},
): Promise<Connection> {
  const settings = await settingsOf(surroundings)
  const server = configurationOf(settings, readTextFile)
  const credentials = await chooseCredentials(settings, async () => {
    // Loaded here because programs that are given their credentials need no store of them.
    const { machineOf, openLoginStore } = await import('./stored-login.ts')
    return openLoginStore(settings, surroundings).read(machineOf(server.url, settings))
  })
  return { client: createClient({ ...server, credentials, ...options }), server, credentials }
}

/** The client of {@link openConnection}. */
export async function connect(...parameters: Parameters<typeof openConnection>): Promise<Client> {
  return (await openConnection(...parameters)).client
}
