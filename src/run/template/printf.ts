import { Failure, quoted } from '#lib/failure.ts'
import { goQuote } from '#run/go-quote.ts'
import type { Value } from './value.ts'
import { bytesOf, printed, textOfBytes } from './value.ts'

const DIRECTIVE = /%(?<flags>[-+ 0#]*)(?<width>\d{0,4})(?:\.(?<precision>\d{0,4}))?(?<verb>[^]?)/g

/** What each verb makes of a value. */
const VERBS: Readonly<Record<string, (value: Value) => string>> = {
  s: printed,
  v: printed,
  d: (value) => printed(mustBe('number', value)),
  t: (value) => printed(mustBe('boolean', value)),
  q: (value) => bytesOf(goQuote(textOfBytes(printed(value)))),
  x: (value) => hexadecimal(value),
  X: (value) => hexadecimal(value).toUpperCase(),
}

/** `format` of Go's fmt with its directives replaced; throws `configuration` for a verb that is not one of `s v d t q x X`. */
export function formatted(format: string, values: readonly Value[]): string {
  let next = 0
  const text = format.replaceAll(DIRECTIVE, (directive, ...found: readonly unknown[]) => {
    const { verb, ...layout } = groupsOf(found)
    if (verb === '%') return '%'
    const write = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
    if (write === undefined) throw wrong(`printf does not know ${quoted(directive)}`)
    const value = values[next]
    if (value === undefined) throw wrong('printf has too few values')
    next += 1
    return laidOut(write(value), layout)
  })
  if (next < values.length) throw wrong('printf has too many values')
  return text
}

interface Directive {
  readonly flags: string
  readonly width: string
  readonly precision: string | undefined
  readonly verb: string
}

function groupsOf(found: readonly unknown[]): Directive {
  const [flags, width, precision, verb] = found
  return {
    flags: String(flags),
    width: String(width),
    precision: typeof precision === 'string' ? precision : undefined,
    verb: String(verb),
  }
}

function laidOut(text: string, { flags, width, precision }: Omit<Directive, 'verb'>): string {
  const cut = precision === undefined ? text : text.slice(0, Number(precision))
  if (flags.includes('-')) return cut.padEnd(Number(width))
  return cut.padStart(Number(width), flags.includes('0') ? '0' : ' ')
}

const hexadecimal = (value: Value): string =>
  typeof value === 'number'
    ? value.toString(16)
    : Buffer.from(printed(value), 'latin1').toString('hex')

function mustBe(type: 'number' | 'boolean', value: Value): Value {
  if (typeof value === type) return value
  throw wrong(`printf expected a ${type}`)
}

const wrong = (message: string): Failure => new Failure('configuration', message)
