import { homedir } from 'node:os'
import type { ProveFactor } from '#client/step-up.ts'
import { serverValues } from '#run/server-values.ts'
import type { OwnClient } from '#run/surroundings.ts'

/** Shows a line to the person who started the program. */
export const show = (line: string): void => void process.stderr.write(line)

/** Tells that person something. */
export const say = (text: string): void => show(`strongroom: ${text}\n`)

/** The client that this user has set up. It is loaded when it is needed because a file of literals needs neither a server nor TLS. */
export async function openOwnClient({ debug }: { readonly debug: boolean }): Promise<OwnClient> {
  const { openConnection } = await import('#client/connect.ts')
  let mayAsk = true
  let prover: ProveFactor | undefined
  const { client, server, credentials } = await openConnection(
    { environment: process.env, home: homedir(), warn: say },
    {
      ...(debug
        ? { observe: ({ method, path, status }) => say(`${method} ${path} ${status}`) }
        : {}),
      async proveFactor(demand, own) {
        prover ??= await openProver(() => mayAsk)
        return prover(demand, own)
      },
    },
  )
  return {
    resolve: serverValues(client),
    whose: async () => {
      const { identityOf } = await import('#client/identity.ts')
      return JSON.stringify([server.url, server.account, await identityOf(credentials)])
    },
    hasFactor: async () => {
      const { saysFactor } = await import('#client/access-token.ts')
      return saysFactor(await client.accessToken())
    },
    leaveTerminal: () => {
      mayAsk = false
    },
    close: () => client.close(),
  }
}

/** Loaded when the server demands a second factor: it hardly ever does. Asks on the terminal while `mayAsk`. */
async function openProver(mayAsk: () => boolean): Promise<ProveFactor> {
  const { factorProver } = await import('#cli/prove-factor.ts')
  const { openTerminal } = await import('#cli/terminal.ts')
  return factorProver({
    environment: process.env,
    say: (text) => show(`${text}\n`),
    get terminal() {
      return mayAsk() ? openTerminal(process) : undefined
    },
  })
}
