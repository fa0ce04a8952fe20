/**
 * The client library, published as `strongroom/client`: what a program needs to read and set its own secrets. Everything that it
 * exports is documented in docs/reference/client.md.
 */
import { homedir } from 'node:os'
import { createClient } from './client.ts'
import { openConnection } from './connect.ts'
import type { Credentials } from './credentials.ts'
import type { Environment } from './settings.ts'
import type { Strongroom } from './strongroom.ts'
import { strongroomOver } from './strongroom.ts'

export type { ResourceBody, WhoAmIBody } from '#api/wire.ts'
export { Failure } from '#lib/failure.ts'
export type { FailureCode } from '#lib/failure.ts'
export type { CertificateCredentials, Credentials, JwtCredentials } from './credentials.ts'
export type { ResourceFilter } from './resources.ts'
export type { Environment } from './settings.ts'
export type { Strongroom } from './strongroom.ts'
export type { SecretChange, WatchOptions } from './watch.ts'

/** How to talk to a server. */
export interface ConnectionOptions {
  /** The certificates to trust, in PEM, instead of those of the system: an authority's, or the server's own. */
  readonly ca?: string
  /**
   * The SHA-256 fingerprint of the server's certificate, in hexadecimal with or without colons. The server must then show this very
   * certificate, besides one that is trusted for its name.
   */
  readonly fingerprint?: string
  /** For a request, in milliseconds, and for how long it may be repeated; a minute when absent. */
  readonly timeoutMs?: number
  /** How many times a request is sent at most while the server cannot be reached or cannot serve; 4 when absent, 1 for no repeat. */
  readonly attempts?: number
  /** Does what {@link Strongroom.close} does. */
  readonly signal?: AbortSignal
}

/** Which server to talk to, as whom, and how. */
export interface StrongroomOptions extends ConnectionOptions {
  /** `https://HOST[:PORT]`. */
  readonly url: string
  readonly account: string
  readonly credentials: Credentials
}

/** What takes the place of the configuration that {@link openFromEnvironment} finds. */
export interface EnvironmentOptions extends ConnectionOptions {
  readonly credentials?: Credentials
  /** Instead of `process.env`. */
  readonly environment?: Environment
  /** Instead of the home directory of the user. */
  readonly home?: string
}

const ATTEMPTS = 4

/** Opens a server; it is asked for nothing before the first call. Throws `configuration` for a URL or a fingerprint that is none. */
export function openStrongroom(options: StrongroomOptions): Strongroom {
  const { url, account, credentials } = options
  const { end, ...connection } = connectionOf(options)
  return strongroomOver({ client: createClient({ url, account, credentials, ...connection }), end })
}

/**
 * Opens the server that the environment and the configuration files name, as the commands of Strongroom do: the variables
 * `CONJUR_APPLIANCE_URL`, `CONJUR_ACCOUNT`, `CONJUR_AUTHN_…` and the like, `~/.conjurrc`, and the login that `strongroom login` kept. Throws
 * `configuration` when they do not name a server and an account.
 */
export async function openFromEnvironment(options: EnvironmentOptions = {}): Promise<Strongroom> {
  const { credentials, environment = process.env, home = homedir() } = options
  const { end, ...connection } = connectionOf(options)
  const surroundings = {
    environment,
    home,
    warn: (message: string) => process.emitWarning(message, 'StrongroomWarning'),
  }
  const { client } = await openConnection(surroundings, {
    ...connection,
    ...(credentials === undefined ? {} : { credentials }),
  })
  return strongroomOver({ client, end })
}

interface Connecting {
  readonly caPem?: string
  readonly fingerprint?: string
  readonly timeoutMs?: number
  readonly attempts: number
  readonly signal: AbortSignal
  readonly end: AbortController
}

function connectionOf(options: ConnectionOptions): Connecting {
  const { ca, fingerprint, timeoutMs, attempts = ATTEMPTS, signal } = options
  const end = new AbortController()
  return {
    ...(ca === undefined ? {} : { caPem: ca }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    attempts,
    signal: signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]),
    end,
  }
}
