import { isIP } from 'node:net'
import type { AuditTarget } from '#audit/target.ts'
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

/** A level of our log, or one that only Conjur's has. */
export const logLevelOf = (text: string): LogLevel =>
  ['fatal', 'unknown'].includes(text) ? 'error' : oneOf(LOG_LEVELS)(text)

const AUTHENTICATOR = /^authn(?:-jwt\/[^/\s]+)?$/

/** Names of authenticators that exist. */
export function authenticatorList(text: string): readonly string[] {
  const names = list(text)
  const wrong = names.find((name) => !AUTHENTICATOR.test(name))
  if (wrong === undefined) return names
  throw invalid(
    `names ${quoted(wrong)}, which is not an authenticator: there are authn and authn-jwt/<service>`,
  )
}

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

/** A target of audit records; none when the text is empty. */
export function auditTargetOf(text: string): AuditTarget | undefined {
  if (text === '') return undefined
  if (text === 'stdout') return { kind: 'stdout' }
  const target = pathTarget(text) ?? tcpTarget(text)
  if (target !== undefined) return target
  throw invalid('is not one of stdout, file:/path, unix:/path, tcp:host:port')
}

function pathTarget(text: string): AuditTarget | undefined {
  for (const kind of ['file', 'unix'] as const) {
    if (text.startsWith(`${kind}:/`)) return { kind, path: text.slice(kind.length + 1) }
  }
  return undefined
}

function tcpTarget(text: string): AuditTarget | undefined {
  const [, bracketed, plain, digits] = /^tcp:(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || port > 65_535 ? undefined : { kind: 'tcp', host, port }
}
