import { readFileSync } from 'node:fs'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { ClientConfig } from 'pg'
import { Failure, quoted } from '#lib/failure.ts'

/** A database on a Unix socket of this machine. */
export interface LocalConnection {
  readonly host: string
  readonly user: string
  readonly database: string
}

const PARAMETERS = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'port',
  'application_name',
])

/**
 * How to connect to `connection`, or to the database that a URL names: `postgres://user:password@host:port/database` with
 * the parameters sslmode, sslrootcert, sslcert, sslkey (files), host, port and application_name. Throws `configuration` for anything else.
 *
 * `sslmode` is `verify-full` unless stated: the certificate must be trusted and name the host. `verify-ca` does not look at
 * the name. `require` encrypts, and with a sslrootcert verifies like `verify-ca`; without one it cannot tell an impostor, and
 * {@link tlsWarning} says so. `disable` is plain text. `allow` and `prefer` are refused: whoever is between may take TLS away.
 * A Unix socket needs none.
 */
export function connectionOf(connection: LocalConnection | string): ClientConfig {
  if (typeof connection !== 'string') return { ...connection, port: 5432, ssl: false }
  const { url, parameter } = parsed(connection)
  const host = parameter('host') ?? unbracketed(decoded(url.hostname))
  const port = parameter('port') ?? url.port
  return {
    host,
    port: port === '' ? 5432 : Number(port),
    user: decoded(url.username),
    password: decoded(url.password),
    database: decoded(url.pathname.slice(1)),
    application_name: parameter('application_name') ?? 'strongroom',
    ssl: host.startsWith('/') ? false : tlsOf(parameter),
  }
}

/** What an operator must know about how a URL protects the connection; `undefined` when all is well. */
export function tlsWarning(connection: LocalConnection | string): string | undefined {
  if (typeof connection !== 'string') return undefined
  const { parameter } = parsed(connection)
  const blind = parameter('sslmode') === 'require' && parameter('sslrootcert') === undefined
  return blind
    ? 'sslmode=require does not check who answers as the database; use sslmode=verify-full'
    : undefined
}

type Parameter = (name: string) => string | undefined

function parsed(text: string): { readonly url: URL; readonly parameter: Parameter } {
  // A host in the parameters (a Unix socket's folder) may leave none before the path, which the URL standard does not know.
  const url = URL.parse(text.replace('@/', '@localhost/'))
  // The URL holds a password, so no message repeats it.
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw misconfigured('DATABASE_URL is not a postgres:// URL')
  }
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name))
  if (unknown !== undefined)
    throw misconfigured(`DATABASE_URL has the unknown parameter ${quoted(unknown)}`)
  return { url, parameter: (name) => url.searchParams.get(name) ?? undefined }
}

function tlsOf(parameter: Parameter): TlsOptions | false {
  const mode = parameter('sslmode') ?? 'verify-full'
  const ca = parameter('sslrootcert')
  const files = {
    ...pem('ca', ca),
    ...pem('cert', parameter('sslcert')),
    ...pem('key', parameter('sslkey')),
  }
  const anyName = { checkServerIdentity: () => undefined }
  switch (mode) {
    case 'disable':
      return false
    case 'verify-full':
      return files
    case 'verify-ca':
      return { ...files, ...anyName }
    case 'require':
      return ca === undefined ? { ...files, rejectUnauthorized: false } : { ...files, ...anyName }
    default:
      throw misconfigured(
        `sslmode ${quoted(mode)} is not one of disable, require, verify-ca, verify-full`,
      )
  }
}

function pem(name: 'ca' | 'cert' | 'key', file: string | undefined): TlsOptions {
  if (file === undefined) return {}
  try {
    return { [name]: readFileSync(file, 'utf8') }
  } catch (cause) {
    throw new Failure('configuration', `cannot read ${quoted(file)}, which DATABASE_URL names`, {
      cause,
    })
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw misconfigured('DATABASE_URL holds a % that starts no percent-encoding: write it as %25')
  }
}

const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

const misconfigured = (message: string): Failure => new Failure('configuration', message)
