/** A number, and the text that stood for it: as a double, an id of more than 53 bits is taken for its neighbour. */
export class JsonNumber {
  readonly value: number
  readonly text: string

  constructor(value: number, text: string) {
    this.value = value
    this.text = text
  }
}

/** An object of JSON. Numbers in it are {@link JsonNumber}s; its members are its own and no others. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether `value` is an object of JSON, and not a list, a number or null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof JsonNumber)

const MAX_DEPTH = 32
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"/g

/**
 * The object that `bytes` hold. Throws `SyntaxError` or `TypeError` on anything else: text that is not UTF-8 or not JSON, more
 * than 32 levels, and an object that has a member twice, because two readers of it may each see another value.
 */
export function parseStrictObject(bytes: Uint8Array): JsonObject {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const structure = text.replaceAll(STRINGS, '')
  if (depthOf(structure) > MAX_DEPTH) throw new SyntaxError('JSON is nested too deeply')
  const { value, members } = parseCounting(text)
  // Outside of strings, a colon stands for a member and for nothing else.
  if (structure.split(':').length - 1 !== members) throw new SyntaxError('JSON repeats a member')
  if (!isJsonObject(value)) throw new SyntaxError('JSON is not an object')
  return value
}

/** The value of `text`, and how many members all its objects have: one fewer for each that was written twice. */
function parseCounting(text: string): { readonly value: unknown; readonly members: number } {
  let members = 0
  const value: unknown = JSON.parse(
    text,
    (_name, parsed: unknown, context?: { readonly source?: string }) => {
      if (typeof parsed === 'number') return new JsonNumber(parsed, context?.source ?? '')
      if (isJsonObject(parsed)) members += Object.keys(parsed).length
      return parsed
    },
  )
  return { value, members }
}

function depthOf(structure: string): number {
  let depth = 0
  let deepest = 0
  for (const character of structure) {
    if (character === '{' || character === '[') depth += 1
    if (character === '}' || character === ']') depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}
