import { homedir } from 'node:os'
import { join } from 'node:path'
import { OUTBOUND_PURPOSES } from '#app/outbound.ts'
import { LOG_LEVELS } from '#lib/log.ts'

/** One setting as people write it. */
export interface Setting {
  readonly help: string
  /** The value when nothing is said, in the words of the file, the environment and the flags. */
  readonly standard?: string
  /** Never on a command line, where every user of the machine can read it. */
  readonly secret?: true
  /** Environment variables in use elsewhere for the same thing; ours overrides them, an earlier one a later one. */
  readonly aliases?: readonly string[]
  /** The name in the file of settings of a Conjur server ({@link CONJUR_FILE}). */
  readonly conjurKey?: string
  /** A running server takes a new value when it is told to reload; any other setting needs a restart. */
  readonly live?: true
}

/** Where a user's programs keep their data (XDG Base Directory); root's, as a service, in /var/lib. */
function standardDataDir(): string {
  if (process.getuid?.() === 0) return '/var/lib/strongroom'
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'strongroom')
}

/** The file of settings when none is named. */
export const STANDARD_FILE = '/etc/strongroom/strongroom.yml'

/** Where a Conjur server has its file of settings; what it says is taken, and anything else overrides it (reference/conjur-api.md 7.6). */
export const CONJUR_FILE = '/etc/conjur/config/conjur.yml'

/** All settings: what the file, the environment and the flags may say, and what the documentation lists. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  config: {
    help: 'file of settings (YAML); it may name every setting but this one',
    standard: STANDARD_FILE,
  },
  'data-dir': {
    help: 'folder of the embedded database, the master key and the TLS identity',
    standard: standardDataDir(),
  },
  'bind-address': {
    help: 'address to listen on',
    standard: '127.0.0.1',
    aliases: ['BIND_ADDRESS'],
  },
  port: {
    help: 'port to listen on; 0 takes a free one',
    standard: '8443',
    aliases: ['PORT'],
  },
  'public-url': {
    help: 'address under which people reach the server, such as https://strongroom.example.com; passkeys work there and nowhere else, and not at all without it. Plain http is for localhost alone',
    live: true,
  },
  tls: {
    help: 'on, or off for plain HTTP behind a proxy that terminates TLS',
    standard: 'on',
  },
  'tls-cert': {
    help: 'file of the certificate chain (PEM); made at first start when absent',
    live: true,
  },
  'tls-key': { help: "file of the certificate's private key (PEM)", live: true },
  'tls-hostnames': {
    help: 'names and addresses for which the certificate made at first start stands, besides localhost',
    standard: '',
  },
  account: {
    help: 'account that the first start creates',
    standard: 'default',
    aliases: ['CONJUR_ACCOUNT'],
  },
  'database-url': {
    help: 'PostgreSQL to use instead of the embedded one',
    secret: true,
    aliases: ['DATABASE_URL'],
  },
  'database-wait': {
    help: 'how long a start waits for that database to answer, in seconds; the log says every few seconds that it does',
    standard: '120',
  },
  'master-key': {
    help: 'master key: 32 bytes in base64',
    secret: true,
    aliases: ['CONJUR_DATA_KEY'],
  },
  'master-key-file': {
    help: 'file that holds the master key; when absent, one is made in the data folder',
  },
  authenticators: {
    help: 'authenticators enabled in every account, such as authn,authn-jwt/kube',
    standard: 'authn',
    aliases: ['CONJUR_AUTHENTICATORS'],
    conjurKey: 'authenticators',
    live: true,
  },
  'user-token-ttl': {
    help: "life of a user's access token in seconds",
    standard: '480',
    aliases: ['CONJUR_USER_AUTHORIZATION_TOKEN_TTL'],
    conjurKey: 'user_authorization_token_ttl',
    live: true,
  },
  'host-token-ttl': {
    help: "life of a host's access token in seconds",
    standard: '480',
    aliases: ['CONJUR_HOST_AUTHORIZATION_TOKEN_TTL'],
    conjurKey: 'host_authorization_token_ttl',
    live: true,
  },
  'login-attempts': {
    help: 'failed password logins of a role, one after the other, after which it must wait (an address: ten times as many); 0 for no limit. Wrong codes of its second factors are counted apart, and 5 is their limit then',
    standard: '5',
    live: true,
  },
  'login-lock': {
    help: 'how long it must wait then, in seconds; each further failure doubles it',
    standard: '30',
    live: true,
  },
  'login-lock-max': { help: 'the longest wait, in seconds', standard: '900', live: true },
  'trusted-proxies': {
    help: 'addresses (CIDR) of proxies whose X-Forwarded-For is believed',
    standard: '',
    aliases: ['CONJUR_TRUSTED_PROXIES', 'TRUSTED_PROXIES'],
    conjurKey: 'trusted_proxies',
    live: true,
  },
  'certificate-proxies': {
    help: 'addresses (CIDR) of proxies that terminate TLS and are believed what their header tells of the certificates of clients; each must remove that header from what clients send',
    standard: '',
    live: true,
  },
  'certificate-header': {
    help: 'the header that they set: x-ssl-client-certificate (URL-encoded PEM, as nginx has it) or client-cert (RFC 9440)',
    standard: 'x-ssl-client-certificate',
    live: true,
  },
  'local-socket': {
    help: 'path of a Unix socket on which the owner of this process gets a token of any role; none when empty',
    standard: '',
    aliases: ['CONJUR_AUTHN_LOCAL_SOCKET'],
  },
  'resource-list-limit': {
    help: 'the most resources that one answer lists; 0 for no limit',
    standard: '1000',
    aliases: ['CONJUR_API_RESOURCE_LIST_LIMIT_MAX', 'API_RESOURCE_LIST_LIMIT_MAX'],
    conjurKey: 'api_resource_list_limit_max',
    live: true,
  },
  'secret-versions': {
    help: 'how many versions of a secret are kept',
    standard: '20',
    aliases: ['SECRETS_VERSION_LIMIT'],
    live: true,
  },
  'policy-versions': {
    help: 'how many versions of a policy are kept',
    standard: '20',
    aliases: ['POLICIES_VERSION_LIMIT'],
    live: true,
  },
  'users-in-root-policy-only': {
    help: 'on refuses policies that declare users whom the administrator does not own',
    standard: 'off',
    aliases: ['CONJUR_USERS_IN_ROOT_POLICY_ONLY'],
    live: true,
  },
  'api-key-default': {
    help: 'off refuses policies that declare hosts without the annotation authn/api-key: true',
    standard: 'on',
    aliases: ['CONJUR_AUTHN_API_KEY_DEFAULT'],
    conjurKey: 'authn_api_key_default',
    live: true,
  },
  'effective-policy-depth': {
    help: 'how many levels below a branch GET /policies shows at most',
    standard: '64',
    aliases: ['CONJUR_EFFECTIVE_POLICY_MAX_DEPTH'],
    conjurKey: 'effective_policy_max_depth',
    live: true,
  },
  'effective-policy-limit': {
    help: 'how many resources, annotations and permissions GET /policies shows at most',
    standard: '100000',
    aliases: ['CONJUR_EFFECTIVE_POLICY_MAX_LIMIT'],
    conjurKey: 'effective_policy_max_limit',
    live: true,
  },
  'host-factories': {
    help: 'on, or off for no routes of host factories',
    standard: 'on',
    aliases: ['CONJUR_HOST_FACTORIES_ENABLED'],
    conjurKey: 'host_factories_enabled',
    live: true,
  },
  'dynamic-secrets': {
    help: 'on makes the values of variables below data/dynamic when they are asked for, by issuers; off keeps them like others, and has no issuers',
    standard: 'off',
    aliases: ['CONJUR_FEATURE_DYNAMIC_SECRETS_ENABLED'],
    live: true,
  },
  'dynamic-secrets-per-request': {
    help: 'how many such values one request may ask for',
    standard: '10',
    aliases: ['CONJUR_DYNAMIC_SECRETS_PER_REQUEST_MAX'],
    conjurKey: 'dynamic_secrets_per_request_max',
    live: true,
  },
  'aws-sts-endpoint': {
    help: 'HTTPS URL of AWS STS for issuers, such as a VPC endpoint; that of the region of each variable when absent',
    live: true,
  },
  'outbound-allow': {
    help: 'host:port pairs on loopback or link-local addresses that may be called, such as a JWKS server; PURPOSE=host:port for one purpose alone',
    standard: '',
    live: true,
  },
  'outbound-only': {
    help: `the only hosts that may be called, such as signing-keys=*.example.com,kubernetes=10.96.0.1:443; all that authenticators and issuers name when empty. Purposes: ${OUTBOUND_PURPOSES.join(', ')}`,
    standard: '',
    live: true,
  },
  'outbound-proxy': {
    help: 'URL of the HTTP proxy that calls go through, http://host:port or https://host:port',
    secret: true,
    aliases: ['HTTPS_PROXY', 'https_proxy'],
    live: true,
  },
  'outbound-no-proxy': {
    help: 'names (with all below them), addresses and ranges that are called without the proxy',
    standard: '',
    aliases: ['NO_PROXY', 'no_proxy'],
    live: true,
  },
  'outbound-ca': {
    help: 'file of further authorities (PEM) that may vouch for hosts that are called, such as that of a proxy; not for those that have a ca-cert of their own',
    live: true,
  },
  'ldap-uri': {
    help: 'directory of the instances of authn-ldap that set nothing of their own, such as ldaps://ldap.example.com',
    aliases: ['LDAP_URI'],
  },
  'ldap-base': {
    help: 'name below which users are searched in that directory',
    aliases: ['LDAP_BASE'],
  },
  'ldap-bind-dn': {
    help: 'name with which it is searched; none when absent',
    aliases: ['LDAP_BINDDN'],
  },
  'ldap-bind-password': {
    help: 'password that goes with that name',
    secret: true,
    aliases: ['LDAP_BINDPW'],
  },
  'ldap-filter': {
    help: 'filter that finds a user there, in which %s stands for the login; (&(objectClass=posixAccount)(uid=%s)) when absent',
    aliases: ['LDAP_FILTER'],
  },
  'audit-log': {
    help: 'where audit records go besides the database, as RFC 5424 lines: stdout, file:/path, unix:/path, tcp:host:port or tls:host:port',
    standard: '',
  },
  'audit-log-ca': {
    help: 'file of the certificates (PEM) that vouch for the collector at tls:host:port; those that Node knows when absent',
  },
  'audit-log-cert': {
    help: 'file of the certificate chain (PEM) that is shown to that collector, where it asks for one',
  },
  'audit-log-key': { help: "file of that certificate's private key (PEM)" },
  metrics: {
    help: 'on serves GET /metrics for Prometheus to everybody, off to nobody',
    standard: 'off',
    aliases: ['CONJUR_TELEMETRY_ENABLED'],
    conjurKey: 'telemetry_enabled',
    live: true,
  },
  'log-format': {
    help: 'json, or text for reading on a terminal',
    standard: 'json',
    live: true,
  },
  'log-level': {
    help: LOG_LEVELS.join(', '),
    standard: 'info',
    aliases: ['CONJUR_LOG_LEVEL', 'RAILS_LOG_LEVEL'],
    live: true,
  },
}

/** The prefix of the environment variables that are ours. */
export const PREFIX = 'STRONGROOM_'

/** The environment variable of a setting. */
export const variableOf = (name: string): string => PREFIX + name.toUpperCase().replaceAll('-', '_')
