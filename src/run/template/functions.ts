import { Failure } from '#lib/failure.ts'
import { jsonQuote } from '#run/json-quote.ts'
import { shellQuote } from '#run/shell-quote.ts'
import { compare, equals } from './comparison.ts'
import { formatted } from './printf.ts'
import type { Value } from './value.ts'
import { bytesOf, isList, isTrue, printed, textOfBytes } from './value.ts'

type Function = (...args: readonly Value[]) => Value

/** A function of one text, given as what its bytes are in UTF-8. */
const ofText =
  (encode: (text: string) => string): Function =>
  (value = '') =>
    bytesOf(encode(textOfBytes(printed(value))))

/** A function of one value's bytes. */
const ofBytes =
  (encode: (bytes: string) => string): Function =>
  (value = '') =>
    encode(printed(value))

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

const htmlEscaped = (text: string): string =>
  text.replaceAll(/["'&<>]/g, (character) => HTML[character] ?? character)

const percentEncoded = (bytes: string): string =>
  bytes.replaceAll(/[^\w.~-]/g, (character) => `%${hexOf(character).toUpperCase()}`)

const hexOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('hex')

const jsEscaped = (text: string): string =>
  text
    .replaceAll(/[\\'"]/g, String.raw`\$&`)
    .replaceAll(
      /[<>&=]|(?! )[\p{C}\p{Z}]/gu,
      (character) =>
        `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
    )

function decodeBase64(bytes: string): string {
  const packed = bytes.replaceAll(/[\r\n]/g, '')
  if (packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed)) {
    return Buffer.from(packed, 'base64').toString('latin1')
  }
  throw new Failure('configuration', 'value could not be base64 decoded')
}

function lengthOf(value: Value = null): number {
  if (typeof value === 'string') return value.length
  if (value !== null && typeof value === 'object') {
    return isList(value) ? value.length : value.members.size
  }
  throw new Failure('configuration', 'this value has no length')
}

function elementOf(value: Value = null, ...keys: readonly Value[]): Value {
  const [key, ...rest] = keys
  if (key === undefined) return value
  const element = memberAt(value, key)
  if (element === undefined) throw new Failure('configuration', 'there is no such element')
  return elementOf(element, ...rest)
}

function memberAt(value: Value, key: Value): Value | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (isList(value)) return typeof key === 'number' ? value[key] : undefined
  return value.kind === 'map' && typeof key === 'string' ? value.members.get(key) : undefined
}

/** Text next to a number or the like gets a space only where neither side is text, as in Go. */
const joined = (values: readonly Value[]): string =>
  values
    .map((value, at) => {
      const before = values[at - 1]
      const isApart = at > 0 && typeof value !== 'string' && typeof before !== 'string'
      return `${isApart ? ' ' : ''}${printed(value)}`
    })
    .join('')

/**
 * The functions of templates: those of Go's text/template, Summon's `b64enc`, `b64dec` and `htmlenc` (reference/broker-run-cli.md C.3.1), and
 * an encoding for each kind of file that has one: `json`, `yaml`, `shell` (with their quotes), `url`, `hex`, and `trim`. None of them
 * reads a file, an environment variable or a clock, or reaches the network.
 */
const FUNCTIONS: Readonly<Record<string, Function>> = {
  not: (value = null) => !isTrue(value),
  eq: (first = null, ...others) => others.some((other) => equals(first, other)),
  ne: (one = null, other = null) => !equals(one, other),
  lt: (one = null, other = null) => compare(one, other) < 0,
  le: (one = null, other = null) => compare(one, other) <= 0,
  gt: (one = null, other = null) => compare(one, other) > 0,
  ge: (one = null, other = null) => compare(one, other) >= 0,
  len: lengthOf,
  index: elementOf,
  print: (...values) => joined(values),
  println: (...values) => `${values.map(printed).join(' ')}\n`,
  printf: (format = '', ...values) => formatted(printed(format), values),
  html: ofText((text) => htmlEscaped(text).replaceAll('\0', '\ufffd')),
  js: ofText(jsEscaped),
  urlquery: ofBytes((bytes) => percentEncoded(bytes).replaceAll('%20', '+')),
  b64enc: ofBytes((bytes) => Buffer.from(bytes, 'latin1').toString('base64')),
  b64dec: ofBytes(decodeBase64),
  htmlenc: ofText(htmlEscaped),
  json: ofText(jsonQuote),
  yaml: ofText(jsonQuote),
  shell: ofText(shellQuote),
  url: ofBytes(percentEncoded),
  hex: ofBytes(hexOf),
  trim: ofText((text) => text.trim()),
}

/** How many arguments a function takes; the others take any number. */
const ARITY: Readonly<Record<string, number>> = {
  not: 1,
  ne: 2,
  lt: 2,
  le: 2,
  gt: 2,
  ge: 2,
  len: 1,
  html: 1,
  js: 1,
  urlquery: 1,
  b64enc: 1,
  b64dec: 1,
  htmlenc: 1,
  json: 1,
  yaml: 1,
  shell: 1,
  url: 1,
  hex: 1,
  trim: 1,
  secret: 1,
}

/** What the evaluator does itself: it knows the secrets, and `and` and `or` do not look at all that follows them. */
const EVALUATED = new Set(['and', 'or', 'secret'])

/** Whether there is a function of that name. */
export const isFunction = (name: string): boolean =>
  EVALUATED.has(name) || Object.hasOwn(FUNCTIONS, name)

/** Throws `configuration` when a function does not take that many arguments. */
export function checkArguments(name: string, count: number): void {
  const arity = Object.hasOwn(ARITY, name) ? ARITY[name] : undefined
  if (arity === undefined ? count > 0 : count === arity) return
  throw new Failure('configuration', `${name} takes ${arity ?? 'some'} arguments, not ${count}`)
}

/** Calls a function of the table. */
export function callFunction(name: string, args: readonly Value[]): Value {
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (called === undefined) throw new Failure('configuration', `there is no function ${name}`)
  return called(...args)
}
