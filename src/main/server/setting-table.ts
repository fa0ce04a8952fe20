import { homedir } from 'node:os'
import { join } from 'node:path'
import { LOG_LEVELS } from '#lib/log.ts'

/** One setting as people write it. */
export interface Setting {
  readonly help: string
  /** The value when nothing is said, in the words of the file, the environment and the flags. */
  readonly standard?: string
  /** Never on a command line, where every user of the machine can read it. */
  readonly secret?: true
  /** A second environment variable, in use elsewhere for the same thing. */
  readonly alias?: string
}

/** Where a user's programs keep their data (XDG Base Directory); root's, as a service, in /var/lib. */
function standardDataDir(): string {
  if (process.getuid?.() === 0) return '/var/lib/strongroom'
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'strongroom')
}

/** The file of settings when none is named. */
export const STANDARD_FILE = '/etc/strongroom/strongroom.yml'

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
  'bind-address': { help: 'address to listen on', standard: '127.0.0.1' },
  port: { help: 'port to listen on; 0 takes a free one', standard: '8443' },
  tls: {
    help: 'on, or off for plain HTTP behind a proxy that terminates TLS',
    standard: 'on',
  },
  'tls-cert': { help: 'file of the certificate chain (PEM); made at first start when absent' },
  'tls-key': { help: "file of the certificate's private key (PEM)" },
  'tls-hostnames': {
    help: 'names and addresses for which the certificate made at first start stands, besides localhost',
    standard: '',
  },
  account: { help: 'account that the first start creates', standard: 'default' },
  'database-url': {
    help: 'PostgreSQL to use instead of the embedded one',
    secret: true,
    alias: 'DATABASE_URL',
  },
  'master-key': { help: 'master key: 32 bytes in base64', secret: true },
  'master-key-file': {
    help: 'file that holds the master key; when absent, one is made in the data folder',
  },
  authenticators: {
    help: 'enabled authenticators, such as authn,authn-jwt/kube',
    standard: 'authn',
  },
  'user-token-ttl': { help: "life of a user's access token in seconds", standard: '480' },
  'host-token-ttl': { help: "life of a host's access token in seconds", standard: '480' },
  'trusted-proxies': {
    help: 'addresses (CIDR) of proxies whose X-Forwarded-For is believed',
    standard: '',
  },
  'outbound-allow': {
    help: 'host:port pairs on loopback or link-local addresses that may be called, such as a JWKS server',
    standard: '',
  },
  'log-level': { help: LOG_LEVELS.join(', '), standard: 'info' },
}

/** The prefix of the environment variables that are ours. */
export const PREFIX = 'STRONGROOM_'

/** The environment variable of a setting. */
export const variableOf = (name: string): string => PREFIX + name.toUpperCase().replaceAll('-', '_')
