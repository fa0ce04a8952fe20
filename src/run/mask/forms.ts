import { withoutEnd } from '#lib/without-end.ts'
import { jsonQuote } from '#run/json-quote.ts'

/** The shortest value that is masked, in bytes: a shorter one would take too much else with it. */
export const SHORTEST = 4

/** The shortest line of a value that is masked by itself, and the shortest base64 of its middle. */
const SHORTEST_PART = 8

/**
 * All that a value may look like in the output of a program: as it is, with or without the line break at its end, line by line, and
 * in base64, hexadecimal, URL and JSON. Nothing for a value of less than {@link SHORTEST} bytes.
 */
export function formsOf(value: Buffer): readonly Buffer[] {
  const trimmed = withoutLineBreaks(value)
  if (trimmed.length < SHORTEST) return []
  const forms = new Map<string, Buffer>()
  const add = (form: Buffer | string): void => {
    const bytes = typeof form === 'string' ? Buffer.from(form) : form
    if (bytes.length >= SHORTEST) forms.set(bytes.toString('latin1'), bytes)
  }
  for (const line of linesOf(trimmed)) if (line.length >= SHORTEST_PART) add(line)
  for (const whole of [value, trimmed]) {
    add(whole)
    for (const form of [...base64Forms(whole), ...hexForms(whole), ...urlForms(whole)]) add(form)
    for (const form of jsonForms(whole)) add(form)
  }
  return [...forms.values()]
}

function withoutLineBreaks(value: Buffer): Buffer {
  let end = value.length
  while (end > 0 && (value[end - 1] === 0x0a || value[end - 1] === 0x0d)) end -= 1
  return value.subarray(0, end)
}

const linesOf = (value: Buffer): readonly Buffer[] =>
  value
    .toString('latin1')
    .split(/[\r\n]+/)
    .map((line) => Buffer.from(line, 'latin1'))

/** The whole, and what stays the same of it when one or two bytes stand before it, and any after it: `user:password` in base64. */
function base64Forms(value: Buffer): readonly string[] {
  const whole = value.toString('base64')
  const inner = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), value]).toString('base64url')
    const isEven = (before + value.length) % 3 === 0
    // The characters at both ends also tell of the bytes beside the value.
    return text.slice(before === 0 ? 0 : before + 1, isEven ? undefined : -1)
  })
  const standard = [whole, withoutEnd(whole, '='), ...inner.filter(isLongEnough).map(toStandard)]
  return [...standard, ...standard.map(toUrlAlphabet)]
}

const isLongEnough = (text: string): boolean => text.length >= SHORTEST_PART

const toStandard = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')

const toUrlAlphabet = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

function hexForms(value: Buffer): readonly string[] {
  const lower = value.toString('hex')
  return [lower, lower.toUpperCase()]
}

/** As JavaScript, Go, Python and forms write it: they differ in which characters stay, and in the space. */
function urlForms(value: Buffer): readonly string[] {
  const bytes = value.toString('latin1')
  const strict = percent(bytes, /[^\w.~-]/g)
  const forms = [
    strict,
    strict.replaceAll('%20', '+'),
    percent(bytes, /[^\w.!~*'()-]/g),
    percent(bytes, /[^\w.~/-]/g),
    percent(bytes, /[^\w.*-]/g).replaceAll('%20', '+'),
  ]
  return [...forms, ...forms.map((form) => form.replaceAll(/%../g, (code) => code.toLowerCase()))]
}

const percent = (bytes: string, escaped: RegExp): string =>
  bytes.replaceAll(
    escaped,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

/** As JavaScript, Go and Python write it, and with escaped slashes. */
function jsonForms(value: Buffer): readonly string[] {
  const text = value.toString()
  if (!Buffer.from(text).equals(value)) return []
  const plain = jsonQuote(text).slice(1, -1)
  const escaped = (shape: RegExp): string => plain.replaceAll(shape, unicode)
  return [
    plain,
    JSON.stringify(text).slice(1, -1),
    escaped(/[<>&]/g),
    escaped(/[^\0-\u007e]/g),
    plain.replaceAll('/', String.raw`\/`),
  ]
}

const unicode = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
