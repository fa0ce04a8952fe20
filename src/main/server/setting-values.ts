import { isIP } from 'node:net'
import { AUTHENTICATOR_TYPES } from '#app/authenticator-table.ts'
import { ldapUri } from '#app/setting-shapes.ts'
import type { AuditTarget } from '#audit/target.ts'
import { parseHostRule } from '#authn/host-rules.ts'
import type { HostRule } from '#authn/host-rules.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { LOG_LEVELS } from '#lib/log.ts'
import type { LogLevel } from '#lib/log.ts'

// Each of these reads the text of a setting and throws `configuration` with the end of a sentence whose beginning is the
// setting's name.

const invalid = (predicate: string): Failure => new Failure('configuration', predicate)

/** Words between commas. */
export const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** A whole number within bounds. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    throw invalid(`is not a whole number from ${least} to ${most}`)
  }
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text)
    if (word !== undefined) return word
    throw invalid(`is not one of ${words.join(', ')}`)
  }
}

/** On or off, for which some say true or false. */
export const switchOf = (text: string): boolean =>
  ['on', 'true'].includes(oneOf(['on', 'off', 'true', 'false'])(text.toLowerCase()))

/** A level of our log, or one that only Conjur's has; upper case is understood, as it is there. */
export const logLevelOf = (text: string): LogLevel => {
  const level = text.toLowerCase()
  return ['fatal', 'unknown'].includes(level) ? 'error' : oneOf(LOG_LEVELS)(level)
}

/** Names of authenticators whose types there are. Whether they are configured is no matter of the start. */
export function authenticatorList(text: string): readonly string[] {
  const names = list(text)
  const wrong = names.find((name) => !isAuthenticator(name))
  if (wrong === undefined) return names
  const forms = AUTHENTICATOR_TYPES.map(({ authenticator, isSingle }) =>
    isSingle === true ? authenticator : `${authenticator}/<service>`,
  )
  throw invalid(
    `names ${quoted(wrong)}, which is not an authenticator: there are authn, ${forms.join(', ')}`,
  )
}

function isAuthenticator(name: string): boolean {
  const [type = '', service, ...more] = name.split('/')
  if (name === 'authn') return true
  const known = AUTHENTICATOR_TYPES.find(({ authenticator }) => authenticator === type)
  if (known === undefined || more.length > 0) return false
  return known.isSingle === true ? service === undefined : /^\S+$/.test(service ?? '')
}

/** The address of a directory. */
export function ldapAddress(text: string): string {
  const complaint = ldapUri(text)
  if (complaint === undefined) return text
  throw invalid(complaint)
}

/** Hosts that may be called. */
export function hostRules(text: string): readonly HostRule[] {
  return list(text).map((rule) => {
    try {
      return parseHostRule(rule)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      throw new Failure('configuration', `names a host that is none: ${error.message}`, {
        cause: error,
      })
    }
  })
}

/** Hosts that may be called, each at one port: what is opened to the server's own surroundings is opened no wider. */
export function exactHostRules(text: string): readonly HostRule[] {
  const rules = hostRules(text)
  if (rules.every(({ port, host }) => port !== undefined && !host.startsWith('*'))) return rules
  throw invalid('names a host without its port, or with an asterisk')
}

/** A path; none when the text is empty. */
export const pathOf = (text: string): string | undefined => (text === '' ? undefined : text)

/** The URL of a proxy. It is quoted nowhere, because it may hold a password. */
export function proxyUrl(text: string): URL | undefined {
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isBare = url?.pathname === '/' && url.search === '' && url.hash === ''
  if (url !== undefined && isBare && /^https?:$/.test(url.protocol)) return url
  throw invalid('is not a URL like http://proxy.example.com:3128')
}

/**
 * The address under which people reach the server: an origin with a name, over TLS unless it is this machine. Browsers take passkeys nowhere
 * else (WebAuthn Level 3, 5.1.3).
 */
export function publicUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && url.href === `${url.origin}/` && isNamed(url) && isSecure(url))
    return url
  throw invalid(
    'is not a URL like https://strongroom.example.com, without a path (http for localhost alone)',
  )
}

const isNamed = ({ hostname }: URL): boolean => isIP(hostname.replaceAll(/[[\]]/g, '')) === 0

const isSecure = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && /^(?:.+\.)?localhost$/.test(hostname))

/** Addresses, each with or without the length of a prefix. */
export function cidrList(text: string): readonly string[] {
  const ranges = list(text)
  const wrong = ranges.find((range) => !isCidr(range))
  if (wrong === undefined) return ranges
  throw invalid(`names ${quoted(wrong)}, which is neither an address nor a range like 10.0.0.0/8`)
}

function isCidr(range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/')
  const widest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  if (bits === undefined) return widest > 0
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest
}

/** The URL of a service that is called over TLS. */
export function httpsUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain =
    url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (url?.protocol === 'https:' && isPlain) return url.href
  throw invalid('is not a URL like https://sts.example.com/, without credentials and query')
}

/** A target of audit records; none when the text is empty. */
export function auditTargetOf(text: string): AuditTarget | undefined {
  if (text === '') return undefined
  if (text === 'stdout') return { kind: 'stdout' }
  const target = pathTarget(text) ?? networkTarget(text)
  if (target !== undefined) return target
  throw invalid('is not one of stdout, file:/path, unix:/path, tcp:host:port, tls:host:port')
}

function pathTarget(text: string): AuditTarget | undefined {
  for (const kind of ['file', 'unix'] as const) {
    if (text.startsWith(`${kind}:/`)) return { kind, path: text.slice(kind.length + 1) }
  }
  return undefined
}

function networkTarget(text: string): AuditTarget | undefined {
  const [, kind, bracketed, plain, digits] =
    /^(tcp|tls):(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port > 65_535) return undefined
  return kind === 'tls' ? { kind, host, port } : { kind: 'tcp', host, port }
}
