import { Failure } from '#lib/failure.ts'

/**
 * What a template works with. Text is a string of bytes, one character for each, as in Go: a secret need not be UTF-8. A record has
 * the members that its map says and no others, so nothing of JavaScript's own can be reached.
 */
export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly kind: 'record' | 'map'; readonly members: ReadonlyMap<string, Value> }

/** Text as its bytes in UTF-8. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/** Bytes as the text that they are in UTF-8; throws `configuration` when they are not. */
export function textOfBytes(bytes: string): string {
  const buffer = Buffer.from(bytes, 'latin1')
  const text = buffer.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(buffer)) return text
  throw new Failure('configuration', 'a value is binary: use b64enc or hex')
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

/** What a condition takes for true: all but nothing, zero and the empty. */
export function isTrue(value: Value): boolean {
  if (value === null) return false
  if (typeof value !== 'object') return Boolean(value)
  if (isList(value)) return value.length > 0
  return value.kind === 'record' || value.members.size > 0
}

/** The bytes that a value is printed as; throws `configuration` for one that is no text, number or truth value. */
export function printed(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Failure('configuration', 'only texts, numbers and truth values can be printed')
}
