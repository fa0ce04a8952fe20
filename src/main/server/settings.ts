import { Failure } from '#lib/failure.ts'
import { LOG_LEVELS } from '#lib/log.ts'
import type { LogLevel } from '#lib/log.ts'
import type { Said } from './setting-sources.ts'
import { readSources } from './setting-sources.ts'
import { SETTINGS } from './setting-table.ts'
import { authenticatorList, cidrList, list, oneOf, whole } from './setting-values.ts'

/** How the server runs. docs/reference/configuration.md explains every member. */
export interface Settings {
  readonly dataDir: string
  readonly bindAddress: string
  readonly port: number
  readonly tls: boolean
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly tlsHostnames: readonly string[]
  readonly account: string
  readonly databaseUrl: string | undefined
  readonly masterKey: string | undefined
  readonly masterKeyFile: string | undefined
  readonly authenticators: readonly string[]
  readonly userTokenTtl: number
  readonly hostTokenTtl: number
  readonly trustedProxies: readonly string[]
  readonly outboundAllow: readonly string[]
  readonly logLevel: LogLevel
}

/**
 * The settings of a server: flags, else the environment, else the file, else the standard values. Throws `configuration`, naming the
 * setting and where it stands, for one that is unknown or has an invalid value.
 */
export const readSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Settings => settingsOf(readSources(argv, environment))

function settingsOf(said: ReadonlyMap<string, Said>): Settings {
  const optional = <Value>(name: string, parse: (text: string) => Value): Value | undefined => {
    const { value = SETTINGS[name]?.standard, where = name } = said.get(name) ?? {}
    return value === undefined ? undefined : parsed(parse, value, where)
  }
  const required = <Value>(name: string, parse: (text: string) => Value): Value => {
    const value = optional(name, parse)
    if (value === undefined) throw new Failure('configuration', `${name} is not set`)
    return value
  }
  const settings: Settings = {
    dataDir: required('data-dir', String),
    bindAddress: required('bind-address', String),
    port: required('port', whole(0, 65_535)),
    tls: required('tls', oneOf(['on', 'off'])) === 'on',
    tlsCert: optional('tls-cert', String),
    tlsKey: optional('tls-key', String),
    tlsHostnames: required('tls-hostnames', list),
    account: required('account', String),
    databaseUrl: optional('database-url', String),
    masterKey: optional('master-key', String),
    masterKeyFile: optional('master-key-file', String),
    authenticators: required('authenticators', authenticatorList),
    userTokenTtl: required('user-token-ttl', whole(1, 18_000)),
    hostTokenTtl: required('host-token-ttl', whole(1, 18_000)),
    trustedProxies: required('trusted-proxies', cidrList),
    outboundAllow: required('outbound-allow', list),
    logLevel: required('log-level', oneOf(LOG_LEVELS)),
  }
  mustBeTogether(settings)
  return settings
}

/** The value is quoted neither here nor below: it may be a secret that stands in the wrong place. */
function parsed<Value>(parse: (text: string) => Value, value: string, where: string): Value {
  try {
    return parse(value)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure('configuration', `${where} ${error.message}`, { cause: error })
  }
}

function mustBeTogether({ tlsCert, tlsKey, masterKey, masterKeyFile }: Settings): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new Failure('configuration', 'tls-cert and tls-key go together: set both or neither')
  }
  if (masterKey !== undefined && masterKeyFile !== undefined) {
    throw new Failure('configuration', 'set either master-key or master-key-file, not both')
  }
}
