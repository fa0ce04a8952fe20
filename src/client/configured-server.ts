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

/** A server that the user's configuration names. */
export interface ConfiguredServer {
  readonly server: Configuration
  /** The credentials that it names, too. */
  credentials(): Promise<Credentials>
}

/** The server of the user's configuration; throws `configuration` when that names none. */
export async function readServer(surroundings: Surroundings): Promise<ConfiguredServer> {
  const settings = await settingsOf(surroundings)
  const server = configurationOf(settings, readTextFile)
  return {
    server,
    credentials: () =>
      chooseCredentials(settings, async () => {
        // Loaded here because programs that are given their credentials need no store of them.
        const { machineOf, openLoginStore } = await import('./stored-login.ts')
        return openLoginStore(settings, surroundings).read(machineOf(server.url, settings))
      }),
  }
}
