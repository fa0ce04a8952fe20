import { isIP } from 'node:net'
import { Failure, quoted } from '#lib/failure.ts'

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
