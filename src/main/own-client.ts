import { homedir } from 'node:os'
import { serverValues } from '#run/server-values.ts'
import type { OwnClient } from '#run/surroundings.ts'

/** Shows a line to the person who started the program. */
export const show = (line: string): void => void process.stderr.write(line)

/** Tells that person something. */
export const say = (text: string): void => show(`strongroom: ${text}\n`)

/** The client that this user has set up. It is loaded when it is needed because a file of literals needs neither a server nor TLS. */
export async function openOwnClient({ debug }: { readonly debug: boolean }): Promise<OwnClient> {
  const { openConnection } = await import('#client/connect.ts')
  const { client, server, credentials } = await openConnection(
    { environment: process.env, home: homedir(), warn: say },
    debug ? { observe: ({ method, path, status }) => say(`${method} ${path} ${status}`) } : {},
  )
  return {
    resolve: serverValues(client),
    whose: async () => {
      const { identityOf } = await import('#client/identity.ts')
      return JSON.stringify([server.url, server.account, await identityOf(credentials)])
    },
    close: () => client.close(),
  }
}
