import type { Client } from '#client/client.ts'
import { createClient } from '#client/client.ts'
import { configurationOf } from '#client/configuration.ts'
import { settingsOf } from '#client/configured-server.ts'
import { CLOUD_TYPES } from '#client/configured-cloud.ts'
import { chooseCredentials } from '#client/credential-order.ts'
import type { Credentials } from '#client/credentials.ts'
import { TOKEN_LOGIN } from '#client/credentials.ts'
import { readTextFile } from '#client/private-file.ts'
import type { Settings } from '#client/settings.ts'
import type { LoginStore, StoredLogin } from '#client/stored-login.ts'
import { machineOf, openLoginStore } from '#client/stored-login.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CliContext } from './context.ts'
import { done } from './done.ts'
import { askSecret } from './input.ts'
import { oidcToken } from './oidc-login.ts'

interface LoginInput {
  readonly id?: string
  readonly password?: string
}

/** What the ways to log in share. */
interface Login {
  readonly context: CliContext
  readonly input: LoginInput
  /** From `authn_type: ldap` and `oidc`. */
  readonly service: string
  readonly open: (credentials: Credentials) => Client
}

/** How each type of authenticator is logged in with, and what is kept of it. */
const WAYS: Readonly<Record<string, (login: Login) => Promise<StoredLogin>>> = {
  authn: keyByPassword,
  ldap: keyByLdap,
  oidc: async ({ context, service, open }) => ({
    login: TOKEN_LOGIN,
    password: await oidcToken(context, service, open({ kind: 'anonymous' })),
  }),
}

/** The types of authenticators for workloads. */
const WORKLOADS: ReadonlySet<string> = new Set(['jwt', 'cert', ...CLOUD_TYPES])

/** `strongroom login`: keeps what proves who one is, an API key or the token that a provider vouched for. */
export async function login(context: CliContext, input: LoginInput): Promise<void> {
  const settings = await settingsOf(context)
  const server = configurationOf(settings, readTextFile)
  const open = (credentials: Credentials): Client =>
    createClient({
      ...server,
      credentials,
      environment: context.environment,
      ...context.clientOptions,
    })
  const { authnType = 'authn' } = settings
  if (WORKLOADS.has(authnType)) return tryWorkload(context, settings, open)
  const way = WAYS[authnType]
  if (way === undefined) throw notForPeople(authnType)
  const store = openLoginStore(settings, context)
  store.mustKeep()
  const service = serviceOf(settings, authnType)
  const kept = await way({ context, input, service, open })
  const place = await store.keep(machineOf(server.url, settings), kept)
  context.say(`strongroom: the login is kept in ${place}`)
  await done(context, 'Logged in', { kept_in: place })
}

const notForPeople = (type: string): Failure =>
  new Failure('configuration', `nobody can log in by ${quoted(type)} here`, {
    hint: 'authn_type is authn, ldap, oidc, jwt, cert, iam, azure or gcp',
  })

/** The name of the authenticator, which the server itself does not need. */
function serviceOf({ serviceId }: Settings, type: string): string {
  if (serviceId !== undefined || type === 'authn') return serviceId ?? ''
  throw new Failure('configuration', `Must specify a ServiceID when using ${type}`)
}

/** Nothing is kept: what a workload has, or what its cloud says of it, proves who it is each time. This shows that the server believes it. */
async function tryWorkload(
  context: CliContext,
  settings: Settings,
  open: Login['open'],
): Promise<void> {
  const client = open(await chooseCredentials(settings, async () => undefined))
  try {
    await client.authenticate()
  } finally {
    client.close()
  }
  await done(context, 'Logged in', { kept_in: null })
}

async function keyByPassword({ context, input, open }: Login): Promise<StoredLogin> {
  const { id, password } = await asked(context, input, 'Password or API key')
  const stranger = open({ kind: 'anonymous' })
  try {
    return { login: id, password: await stranger.login({ login: id, password }) }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error
    await mustBeKey(open({ kind: 'apiKey', login: id, key: password }))
    return { login: id, password }
  } finally {
    stranger.close()
  }
}

/** A role without a password logs in with its key itself. */
async function mustBeKey(client: Client): Promise<void> {
  try {
    await client.authenticate()
  } catch (error) {
    throw refusedLogin(error, 'the id of a host starts with host/')
  } finally {
    client.close()
  }
}

async function keyByLdap({ context, input, service, open }: Login): Promise<StoredLogin> {
  const { id, password } = await asked(context, input, 'LDAP password')
  const stranger = open({ kind: 'anonymous' })
  try {
    const key = await stranger.login({ login: id, password, ldapService: service })
    return { login: id, password: key }
  } catch (error) {
    throw refusedLogin(error, 'the password is that of the directory')
  } finally {
    stranger.close()
  }
}

function refusedLogin(error: unknown, advice: string): unknown {
  if (!(error instanceof Failure) || error.code !== 'unauthorized') return error
  return new Failure('unauthorized', 'unable to log in', {
    cause: error,
    hint: `check the id and the password; ${advice}`,
  })
}

async function asked(
  context: CliContext,
  { id: given, password }: LoginInput,
  what: string,
): Promise<{ readonly id: string; readonly password: string }> {
  const id = given ?? (await idFrom(context))
  if (password === undefined) {
    return { id, password: await askSecret(context, `${what} of ${id}: `) }
  }
  context.warn('a password on the command line is visible to others; leave it out to be asked')
  return { id, password }
}

function idFrom({ terminal }: CliContext): Promise<string> {
  if (terminal === undefined) throw new Failure('usage', 'who logs in? name the id with -i')
  return terminal.ask('Id: ')
}

/** `strongroom logout`: forgets what login kept. */
export async function logout(context: CliContext): Promise<void> {
  const settings = await settingsOf(context)
  const { url } = configurationOf(settings, readTextFile)
  const store: LoginStore = openLoginStore(settings, context)
  await store.drop(machineOf(url, settings))
  await done(context, 'Logged out', {})
}
