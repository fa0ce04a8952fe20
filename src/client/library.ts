/**
 * The client library, published as `strongroom/client`: what a program needs to read and set its own secrets. Everything that it
 * exports is documented in docs/reference/client.md.
 */
import { homedir } from 'node:os'
import type { CheckedConnection } from './checked-options.ts'
import {
  checkedConnection,
  ENVIRONMENT_OPTIONS,
  mustBeCredentials,
  mustBeText,
  mustKnow,
  mustNeedNoTls,
  STRONGROOM_OPTIONS,
} from './checked-options.ts'
import { configuredCredentials } from './configured-credentials.ts'
import { readServer } from './configured-server.ts'
import { openOver } from './open-strongroom.ts'
import { publishedError } from './published-error.ts'
import { parseServerUrl } from './server-address.ts'
import type { Environment } from './settings.ts'
import type { Credentials, EnvironmentOptions, StrongroomOptions } from './strongroom-options.ts'
import type { Strongroom } from './strongroom.ts'

export type {
  CallOptions,
  CheckOptions,
  Identity,
  ListOptions,
  Resource,
  SecretChange,
  SecretOptions,
  Strongroom,
  WatchOptions,
} from './strongroom.ts'
export { StrongroomError } from './strongroom-error.ts'
export type { ErrorCode, ErrorDetails } from './strongroom-error.ts'
export type {
  ApiKeyCredentials,
  AzureCredentials,
  CertificateCredentials,
  CloudCredentials,
  ConnectionOptions,
  Credentials,
  EnvironmentOptions,
  GcpCredentials,
  IamCredentials,
  JwtCredentials,
  StrongroomOptions,
  TextFile,
  TextSource,
  TokenCredentials,
} from './strongroom-options.ts'

/** Opens a server; it is asked for nothing before the first call. Throws `configuration` for options that are none or do not go together. */
export function openStrongroom(options: StrongroomOptions): Strongroom {
  try {
    mustKnow(options, STRONGROOM_OPTIONS)
    const { url, account, credentials } = options
    mustBeText(url, 'url')
    mustBeText(account, 'account')
    mustBeCredentials(credentials)
    const connection = checkedConnection(options)
    return openChecked({ url, account, credentials, environment: process.env }, connection)
  } catch (error) {
    throw publishedError(error)
  }
}

/**
 * Opens the server that the environment and the configuration files name, as the commands of Strongroom do: the variables
 * `CONJUR_APPLIANCE_URL`, `CONJUR_ACCOUNT`, `CONJUR_AUTHN_…` and the like, `~/.conjurrc`, and the login that `strongroom login` kept. Throws
 * `configuration` when they do not name a server, an account and credentials.
 */
export async function openFromEnvironment(options: EnvironmentOptions = {}): Promise<Strongroom> {
  try {
    mustKnow(options, ENVIRONMENT_OPTIONS)
    if (options.credentials !== undefined) mustBeCredentials(options.credentials)
    const connection = checkedConnection(options)
    const { environment = process.env, home = homedir() } = options
    const warn = (message: string): void => process.emitWarning(message, 'StrongroomWarning')
    const configured = await readServer({ environment, home, warn })
    const credentials = options.credentials ?? configuredCredentials(await configured.credentials())
    return openChecked({ ...configured.server, credentials, environment }, connection)
  } catch (error) {
    throw publishedError(error)
  }
}

/** For the whole of a call, in milliseconds, where nobody says. */
const TIMEOUT_MS = 60_000

interface Server {
  readonly url: string
  readonly account: string
  readonly credentials: Credentials
  readonly environment: Environment
  readonly caPem?: string
  readonly timeoutMs?: number
}

function openChecked({ url, ...server }: Server, connection: CheckedConnection): Strongroom {
  const address = parseServerUrl(url)
  if (!address.secure) mustNeedNoTls(server.credentials, connection)
  return openOver({ timeoutMs: TIMEOUT_MS, ...server, ...connection, address })
}
