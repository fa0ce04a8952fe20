import type { AccessToken } from '#client/access-token.ts'
import { configurationOf } from '#client/configuration.ts'
import { settingsOf } from '#client/configured-server.ts'
import { chooseCredentials } from '#client/credential-order.ts'
import { TOKEN_LOGIN } from '#client/credentials.ts'
import { readTextFile } from '#client/private-file.ts'
import { machineOf, openLoginStore } from '#client/stored-login.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext } from './context.ts'

/** Whoever this machine acts as, by an API key. */
export interface OwnLogin {
  readonly login: string
  readonly key: string
  /** Keeps another key in place of that one where it came from; does nothing when that is the environment. */
  readonly replaceKey: (key: string) => Promise<void>
}

/** The login that commands act with; throws `credential_weak` when it is none by an API key, which alone proves enough to change it. */
export async function ownLogin(context: CliContext): Promise<OwnLogin> {
  const settings = await settingsOf(context)
  const { url } = configurationOf(settings, readTextFile)
  const machine = machineOf(url, settings)
  const store = openLoginStore(settings, context)
  let isStored = false
  const credentials = await chooseCredentials(settings, async () => {
    isStored = true
    return store.read(machine)
  })
  if (credentials.kind === 'anonymous') {
    throw new Failure('unauthorized', 'not logged in', { hint: 'run `strongroom login`' })
  }
  if (credentials.kind !== 'apiKey') {
    throw new Failure('credential_weak', 'only who knows the API key can replace it')
  }
  const { login, key } = credentials
  return {
    login,
    key,
    async replaceKey(password) {
      if (isStored) await store.keep(machine, { login, password })
      else context.say('strongroom: CONJUR_AUTHN_API_KEY is no longer good')
    },
  }
}

/**
 * Keeps `token` in place of the one by which this machine is logged in, which is no longer good. Does nothing where it is logged in in another
 * way, or by what did not come from its own store.
 */
export async function keepOwnToken(context: CliContext, { json }: AccessToken): Promise<void> {
  const settings = await settingsOf(context)
  const { url } = configurationOf(settings, readTextFile)
  const machine = machineOf(url, settings)
  const store = openLoginStore(settings, context)
  await chooseCredentials(settings, async () => {
    const kept = await store.read(machine)
    if (kept?.login === TOKEN_LOGIN) await store.keep(machine, { ...kept, password: json })
    return kept
  })
}
