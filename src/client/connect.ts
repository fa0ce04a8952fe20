import type { Client, ClientOptions } from './client.ts'
import { createClient } from './client.ts'
import type { Configuration } from './configuration.ts'
import type { Surroundings } from './configured-server.ts'
import { readServer } from './configured-server.ts'
import type { Credentials } from './credentials.ts'

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
  const configured = await readServer(surroundings)
  const { server } = configured
  const { environment } = surroundings
  const credentials = await configured.credentials()
  const client = createClient({ ...server, environment, credentials, ...options })
  return { client, server, credentials }
}

/** The client of {@link openConnection}. */
export async function connect(...parameters: Parameters<typeof openConnection>): Promise<Client> {
  return (await openConnection(...parameters)).client
}
