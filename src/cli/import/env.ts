import { Failure } from '#lib/failure.ts'
import type { ImportEntry } from './entries.ts'

/** A name and all that may follow the `=` on one line, or on several in quotes. Nothing in it can be read in two ways, so it takes linear time. */
const ASSIGNMENT =
  /[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"|`(?<back>[^`]*)`|(?<plain>[^\s'"`][^\n]*)?)[ \t]*(?:#[^\n]*)?(?:\n|$)/y

const NOTHING = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y

/**
 * What a `.env` file assigns: one variable a name, the last assignment counting. Nothing in it is evaluated: `$NAME` stays as it
 * is. In double quotes `\n`, `\r`, `\t` and an escaped character are what they stand for. Throws `usage` with the line that is
 * neither an assignment nor a comment.
 */
export function parseEnvFile(file: string): readonly ImportEntry[] {
  const text = file.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const values = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const { end, name, value } = stepAt(text, at)
    if (name !== undefined) values.set(name, value)
    at = end
  }
  return Array.from(values, ([id, value]) => ({ id, value: Buffer.from(value) }))
}

interface Step {
  readonly end: number
  readonly name?: string
  readonly value: string
}

function stepAt(text: string, at: number): Step {
  NOTHING.lastIndex = at
  if (NOTHING.test(text)) return { end: NOTHING.lastIndex, value: '' }
  ASSIGNMENT.lastIndex = at
  const { name, single, double, back, plain } = ASSIGNMENT.exec(text)?.groups ?? {}
  if (name === undefined) {
    const line = text.slice(0, at).split('\n').length
    throw new Failure('usage', `line ${line} is not NAME=VALUE`)
  }
  const value = single ?? back ?? (double === undefined ? unquoted(plain ?? '') : unescaped(double))
  return { end: ASSIGNMENT.lastIndex, name, value }
}

/** Up to a comment, which white space precedes. */
const unquoted = (text: string): string => text.replace(/\s+#.*$/, '').trim()

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

const unescaped = (text: string): string =>
  text.replaceAll(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character)
