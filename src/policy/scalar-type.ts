/**
 * What a plain scalar means (reference/conjur-api.md 4.1): the names are the type words of the messages. Everything that is
 * not one of the others is a `String`.
 */
export type ScalarType =
  | 'String'
  | 'Integer'
  | 'Float'
  | 'TrueClass'
  | 'FalseClass'
  | 'NilClass'
  | 'Date'
  | 'Time'

const WORDS: ReadonlyMap<string, ScalarType> = new Map([
  ...['yes', 'on', 'true'].map((word) => [word, 'TrueClass'] as const),
  ...['no', 'off', 'false'].map((word) => [word, 'FalseClass'] as const),
  ...['', '~', 'null'].map((word) => [word, 'NilClass'] as const),
  ...['.inf', '+.inf', '-.inf', '.nan'].map((word) => [word, 'Float'] as const),
])

/** Linear each: no two neighbouring parts can match the same character. */
const PATTERNS: readonly (readonly [RegExp, ScalarType])[] = [
  [/^[-+]?(?:0|[1-9][0-9_]*)$/, 'Integer'],
  [/^0[0-7_]+$/, 'Integer'],
  [/^0x[0-9a-f_]+$/i, 'Integer'],
  [/^0b[01_]+$/, 'Integer'],
  [/^[-+]?(?:[0-9][0-9_]*\.[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?$/i, 'Float'],
  [/^\d{4}-\d{1,2}-\d{1,2}$/, 'Date'],
  [/^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}/, 'Time'],
]

/** Nothing longer than this is a number, a word or a date. */
const MAX_TYPED = 64

/** The type of a plain scalar that carries no tag. */
export function scalarType(text: string): ScalarType {
  if (text.length > MAX_TYPED) return 'String'
  const word = WORDS.get(text) ?? WORDS.get(text.toLowerCase())
  if (word !== undefined) return word
  // Most scalars are names: only what starts like a number is worth the patterns.
  if (!/^[-+.\d]/.test(text)) return 'String'
  return PATTERNS.find(([pattern]) => pattern.test(text))?.[1] ?? 'String'
}
