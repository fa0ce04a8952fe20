import type { AuditTarget, TlsFiles } from '#audit/target.ts'
import type { HostRule } from '#authn/host-rules.ts'
import type { UsualDirectory } from '#authn/ldap/settings.ts'
import { CERTIFICATE_HEADERS } from '#http/client-certificates.ts'
import type { CertificateHeader } from '#http/client-certificates.ts'
import { Failure } from '#lib/failure.ts'
import type { LogLevel } from '#lib/log.ts'
import type { Sources } from './setting-sources.ts'
import { readSources } from './setting-sources.ts'
import { SETTINGS } from './setting-table.ts'
import {
  auditTargetOf,
  authenticatorList,
  cidrList,
  exactHostRules,
  hostRules,
  httpsUrl,
  ldapAddress,
  list,
  logLevelOf,
  oneOf,
  pathOf,
  proxyUrl,
  publicUrl,
  switchOf,
  whole,
} from './setting-values.ts'

/** How the server runs. docs/reference/configuration.md explains every member. */
export interface Settings {
  readonly dataDir: string
  readonly bindAddress: string
  readonly port: number
  readonly publicUrl: URL | undefined
  readonly tls: boolean
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly tlsHostnames: readonly string[]
  readonly account: string
  readonly databaseUrl: string | undefined
  readonly databaseWait: number
  readonly masterKey: string | undefined
  readonly masterKeyFile: string | undefined
  readonly authenticators: readonly string[]
  readonly userTokenTtl: number
  readonly hostTokenTtl: number
  readonly loginAttempts: number
  readonly loginLock: number
  readonly loginLockMax: number
  readonly trustedProxies: readonly string[]
  readonly certificateProxies: readonly string[]
  readonly certificateHeader: CertificateHeader
  readonly localSocket: string | undefined
  readonly resourceListLimit: number
  readonly secretVersions: number
  readonly policyVersions: number
  readonly usersInRootPolicyOnly: boolean
  readonly apiKeyDefault: boolean
  readonly effectivePolicyDepth: number
  readonly effectivePolicyLimit: number
  readonly hostFactories: boolean
  readonly dynamicSecrets: boolean
  readonly dynamicSecretsPerRequest: number
  readonly awsStsEndpoint: string | undefined
  readonly outboundAllow: readonly HostRule[]
  readonly outboundOnly: readonly HostRule[]
  readonly outboundProxy: URL | undefined
  readonly outboundNoProxy: readonly string[]
  readonly outboundCa: string | undefined
  readonly usualDirectory: UsualDirectory
  readonly auditLog: AuditTarget | undefined
  readonly metrics: boolean
  readonly logFormat: 'json' | 'text'
  readonly logLevel: LogLevel
  /** What was said that only a Conjur server understands. */
  readonly ignored: readonly string[]
}

/**
 * The settings of a server: flags, else the environment, else the file, else the standard values. Throws `configuration`, naming the
 * setting and where it stands, for one that is unknown or has an invalid value.
 */
export const readSettings = (
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  conjurFile?: string,
): Settings => settingsOf(readSources(argv, environment, { conjurFile }))

/** The settings that `sources` amount to; throws like {@link readSettings}. */
export function settingsOf({ said, ignored }: Sources): Settings {
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
    publicUrl: optional('public-url', publicUrl),
    tls: required('tls', switchOf),
    tlsCert: optional('tls-cert', String),
    tlsKey: optional('tls-key', String),
    tlsHostnames: required('tls-hostnames', list),
    account: required('account', String),
    databaseUrl: optional('database-url', String),
    databaseWait: required('database-wait', whole(0, 86_400)),
    masterKey: optional('master-key', String),
    masterKeyFile: optional('master-key-file', String),
    authenticators: required('authenticators', authenticatorList),
    userTokenTtl: required('user-token-ttl', whole(1, 18_000)),
    hostTokenTtl: required('host-token-ttl', whole(1, 18_000)),
    loginAttempts: required('login-attempts', whole(0, 1000)),
    loginLock: required('login-lock', whole(1, 86_400)),
    loginLockMax: required('login-lock-max', whole(1, 86_400)),
    trustedProxies: required('trusted-proxies', cidrList),
    certificateProxies: required('certificate-proxies', cidrList),
    certificateHeader: required('certificate-header', oneOf(CERTIFICATE_HEADERS)),
    localSocket: optional('local-socket', pathOf),
    resourceListLimit: required('resource-list-limit', whole(0, 1_000_000)),
    secretVersions: required('secret-versions', whole(1, 100_000)),
    policyVersions: required('policy-versions', whole(1, 100_000)),
    usersInRootPolicyOnly: required('users-in-root-policy-only', switchOf),
    apiKeyDefault: required('api-key-default', switchOf),
    effectivePolicyDepth: required('effective-policy-depth', whole(0, 1000)),
    effectivePolicyLimit: required('effective-policy-limit', whole(0, 10_000_000)),
    hostFactories: required('host-factories', switchOf),
    dynamicSecrets: required('dynamic-secrets', switchOf),
    dynamicSecretsPerRequest: required('dynamic-secrets-per-request', whole(1, 1000)),
    awsStsEndpoint: optional('aws-sts-endpoint', httpsUrl),
    outboundAllow: required('outbound-allow', exactHostRules),
    outboundOnly: required('outbound-only', hostRules),
    outboundProxy: optional('outbound-proxy', proxyUrl),
    outboundNoProxy: required('outbound-no-proxy', list),
    outboundCa: optional('outbound-ca', String),
    usualDirectory: {
      uri: optional('ldap-uri', ldapAddress),
      base: optional('ldap-base', String),
      bindDn: optional('ldap-bind-dn', String),
      bindPassword: optional('ldap-bind-password', String),
      filter: optional('ldap-filter', String),
    },
    auditLog: withFiles(optional('audit-log', auditTargetOf), {
      ca: optional('audit-log-ca', String),
      cert: optional('audit-log-cert', String),
      key: optional('audit-log-key', String),
    }),
    metrics: required('metrics', switchOf),
    logFormat: required('log-format', oneOf(['json', 'text'])),
    logLevel: required('log-level', logLevelOf),
    ignored,
  }
  mustBeTogether(settings)
  return settings
}

/** The files belong to TLS: whoever names them must not find out later that records travel in clear. */
function withFiles(
  target: AuditTarget | undefined,
  { ca, cert, key }: { readonly [Name in keyof TlsFiles]-?: string | undefined },
): AuditTarget | undefined {
  if ((cert === undefined) !== (key === undefined)) {
    throw new Failure('configuration', 'audit-log-cert and audit-log-key go together')
  }
  if (target?.kind === 'tls') {
    return {
      ...target,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    }
  }
  if (ca === undefined && cert === undefined) return target
  throw new Failure(
    'configuration',
    'audit-log-ca and audit-log-cert go with audit-log tls:host:port',
  )
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
