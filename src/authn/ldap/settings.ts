import type { DirectoryPlace } from '#app/directory.ts'
import { ldapUri, portNumber } from '#app/setting-shapes.ts'
import { refused } from './refusal.ts'
import { userFilter, type UserFilter } from './filter.ts'

/** The directory of instances that name none: what the server's own settings say (reference/conjur-api.md 6.10). */
export interface UsualDirectory {
  readonly uri: string | undefined
  readonly base: string | undefined
  readonly bindDn: string | undefined
  readonly bindPassword: string | undefined
  readonly filter: string | undefined
}

/** As whom the directory is searched. */
export interface Searcher {
  readonly dn: string
  readonly password: string
}

/** Where users are, and how they are found. */
export interface LdapSettings {
  readonly place: DirectoryPlace
  readonly base: string
  /** Nobody when absent: the directory tells strangers. */
  readonly searcher?: Searcher
  readonly filter: UserFilter
}

/** The filter of Conjur, which finds users of Unix machines. */
const USUAL_FILTER = '(&(objectClass=posixAccount)(uid=%s))'

/**
 * What is set of an instance. The server's own directory counts whole, and for instances that set nothing at all: who may write a policy could
 * otherwise have the server's password sent to a host of their own. Throws `unauthorized`, naming what is missing or does not fit.
 */
export const readSettings = (
  declared: ReadonlyMap<string, string>,
  usual: UsualDirectory,
): LdapSettings => settingsIn(declared.size > 0 ? declared : declaredBy(usual))

const declaredBy = ({
  uri,
  base,
  bindDn,
  bindPassword,
  filter,
}: UsualDirectory): ReadonlyMap<string, string> =>
  new Map(
    [
      ['ldap-authn/uri', uri],
      ['ldap-authn/base_dn', base],
      ['ldap-authn/bind_dn', bindDn],
      ['bind-password', bindPassword],
      ['ldap-authn/filter_template', filter],
    ].flatMap(([name = '', value]) => (value === undefined ? [] : [[name, value] as const])),
  )

function settingsIn(declared: ReadonlyMap<string, string>): LdapSettings {
  const searcher = searcherIn(declared)
  return {
    place: placeIn(declared),
    base: declared.get('ldap-authn/base_dn') ?? missing('ldap-authn/base_dn'),
    ...(searcher === undefined ? {} : { searcher }),
    filter: userFilter(declared.get('ldap-authn/filter_template') ?? USUAL_FILTER),
  }
}

function searcherIn(declared: ReadonlyMap<string, string>): Searcher | undefined {
  const dn = declared.get('ldap-authn/bind_dn')
  const password = declared.get('bind-password')
  if (dn === undefined && password === undefined) return undefined
  // A name without a password would be believed by the protocol, and be nobody's.
  return {
    dn: dn ?? missing('ldap-authn/bind_dn'),
    password: password ?? missing('bind-password'),
  }
}

function placeIn(declared: ReadonlyMap<string, string>): DirectoryPlace {
  const uri = uriIn(declared)
  const host = declared.get('ldap-authn/host') ?? uri?.hostname ?? missing('ldap-authn/uri')
  const protection = protectionIn(declared, uri, host)
  const port = portIn(declared, uri) ?? (protection === 'ssl' ? 636 : 389)
  const caPem = declared.get('tls-ca-cert') ?? declared.get('tls-cert')
  return { host, port, protection, ...(caPem === undefined ? {} : { caPem }) }
}

function portIn(declared: ReadonlyMap<string, string>, uri: URL | undefined): number | undefined {
  const text = declared.get('ldap-authn/port') ?? uri?.port ?? ''
  if (text === '') return undefined
  if (portNumber(text) !== undefined) throw unfit('port', 'is not the number of a port')
  return Number(text)
}

function uriIn(declared: ReadonlyMap<string, string>): URL | undefined {
  const text = declared.get('ldap-authn/uri')
  if (text === undefined) return undefined
  const complaint = ldapUri(text)
  if (complaint !== undefined) throw unfit('uri', complaint)
  return new URL(text)
}

const PROTECTIONS: Readonly<Record<string, DirectoryPlace['protection']>> = {
  ssl: 'ssl',
  tls: 'start_tls',
  start_tls: 'start_tls',
  plain: 'plain',
}

/** Passwords go over the network in the clear only where that is asked for by its name, or where there is no network. */
function protectionIn(
  declared: ReadonlyMap<string, string>,
  uri: URL | undefined,
  host: string,
): DirectoryPlace['protection'] {
  const asked = declared.get('ldap-authn/connect_type')
  const protection = asked === undefined ? undefined : PROTECTIONS[asked]
  if (asked !== undefined && protection === undefined) {
    throw unfit('connect_type', `is not one of ${Object.keys(PROTECTIONS).join(', ')}`)
  }
  if (uri?.protocol === 'ldaps:') {
    if (protection === undefined || protection === 'ssl') return 'ssl'
    throw unfit('connect_type', 'contradicts the ldaps: of the address')
  }
  return protection ?? (LOOPBACK.test(host) ? 'plain' : 'start_tls')
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

const missing = (name: string): never => {
  throw refused(`CONJ00036E Missing required setting: ${name}`)
}

const unfit = (name: string, how: string): Error =>
  refused(`CONJ00037E The annotation ldap-authn/${name} ${how}`)
