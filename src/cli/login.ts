import type { Command } from 'commander'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/client.ts'
import { configurationOf } from '#client/configuration.ts'
import { settingsOf } from '#client/connect.ts'
import type { Credentials } from '#client/credentials.ts'
import { readTextFile } from '#client/private-file.ts'
import { dropLogin, keepLogin, mustKeepInFile, netrcPath } from '#client/stored-login.ts'
import { Failure } from '#lib/failure.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { readLine } from './input.ts'

interface LoginOptions extends GlobalOptions {
  readonly id?: string
  readonly password?: string
}

/** `strongroom login`: keeps the API key of a user or host in the netrc file. */
export const loginCommand = (context: CliContext): Command =>
  serverCommand('login', 'log in and keep the API key')
    .option('-i, --id <id>', 'a user, or a host as host/PATH')
    .option('-p, --password <password>', 'its password or API key; asked for when absent')
    .action((options: LoginOptions) => login(context, options))

/** `strongroom logout`: forgets that key. */
export const logoutCommand = (context: CliContext): Command =>
  serverCommand('logout', 'forget the API key').action(() => logout(context))

async function login(context: CliContext, options: LoginOptions): Promise<void> {
  const settings = await settingsOf(context)
  const server = configurationOf(settings, readTextFile)
  mustKeepInFile(settings)
  const id = options.id ?? (await idFrom(context))
  const password = options.password ?? (await passwordFrom(context, id))
  const key = await keyFor(
    (credentials) => createClient({ ...server, credentials, ...context.clientOptions(options) }),
    id,
    password,
  )
  keepLogin(netrcPath(settings, context.home), server.url, id, key)
  context.print('Logged in\n')
}

async function logout(context: CliContext): Promise<void> {
  const settings = await settingsOf(context)
  const server = configurationOf(settings, readTextFile)
  dropLogin(netrcPath(settings, context.home), server.url)
  context.print('Logged out\n')
}

function idFrom({ terminal }: CliContext): Promise<string> {
  if (terminal === undefined) throw new Failure('usage', 'who logs in? name the id with -i')
  return terminal.ask('Id: ')
}

const passwordFrom = (context: CliContext, id: string): Promise<string> =>
  context.terminal === undefined
    ? readLine(context)
    : context.terminal.askHidden(`Password or API key of ${id}: `)

/** The key that `password` is exchanged for, or itself when it is the key of a role without a password. */
async function keyFor(
  open: (credentials: Credentials) => Client,
  id: string,
  password: string,
): Promise<string> {
  const stranger = open({ kind: 'anonymous' })
  try {
    return await stranger.login(id, password)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error
    return await keyItself(open({ kind: 'apiKey', login: id, key: password }), password)
  } finally {
    stranger.close()
  }
}

async function keyItself(client: Client, key: string): Promise<string> {
  try {
    await client.authenticate()
    return key
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error
    throw new Failure('unauthorized', 'unable to log in', {
      cause: error,
      hint: 'check the id and the password; the id of a host starts with host/',
    })
  } finally {
    client.close()
  }
}
