import { isFields, isList, isScalar } from './policy-node.ts'
import type { PolicyFields, PolicyNode, PolicyValue } from './policy-node.ts'
import { scalarType } from './scalar-type.ts'

/**
 * Statements as the text of a policy: YAML that both this product and libyaml read back as what it was made from. A statement that
 * has nothing but an id is one line.
 */
export function printYaml(statements: readonly PolicyNode[]): string {
  if (statements.length === 0) return '--- []\n'
  return ['---', ...listLines(statements, ''), ''].join('\n')
}

/** Statements as JSON: an object with the tag as its only member for each (reference/conjur-api.md 1.7). */
export const printJson = (statements: readonly PolicyNode[]): string =>
  JSON.stringify(statements.map(jsonOf))

function jsonOf(value: PolicyValue): unknown {
  if (isScalar(value)) return value
  if (isList(value)) return value.map(jsonOf)
  if (isFields(value)) {
    return Object.fromEntries([...value].map(([name, field]) => [name, jsonOf(field)]))
  }
  return { [value.tag]: jsonOf(value.value) }
}

const listLines = (items: readonly PolicyValue[], indent: string): readonly string[] =>
  items.flatMap((item) => valueLines(`${indent}-`, item, `${indent}  `))

const fieldLines = (fields: PolicyFields, indent: string): readonly string[] =>
  [...fields].flatMap(([name, value]) =>
    valueLines(`${indent}${printScalar(name)}:`, value, `${indent}  `),
  )

/** `head` with the value behind it, or below it at `indent`. */
function valueLines(head: string, value: PolicyValue, indent: string): readonly string[] {
  if (isScalar(value)) return [`${head} ${printScalar(value)}`]
  if (isList(value)) {
    if (!value.every(isScalar)) return [head, ...listLines(value, indent)]
    return [`${head} [${value.map(printScalar).join(', ')}]`]
  }
  if (isFields(value)) {
    return value.size === 0 ? [`${head} {}`] : [head, ...fieldLines(value, indent)]
  }
  const { tag, value: tagged } = value
  return valueLines(`${head} !${tag}`, nameAlone(tagged) ?? tagged, indent)
}

/** The id, when a statement has no other attribute. */
function nameAlone(value: PolicyNode['value']): string | undefined {
  const id = isFields(value) && value.size === 1 ? value.get('id') : undefined
  return typeof id === 'string' ? id : undefined
}

/** Names and paths that mean themselves to every YAML parser; a block of IPv4 addresses does, too. */
const PLAIN = /^(?:[A-Za-z_/][\w./@-]*|\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})$/

/** Words that a parser of YAML 1.1 takes for yes and no, and ours does not. */
const SHORT_WORDS: ReadonlySet<string> = new Set(['y', 'Y', 'n', 'N'])

function printScalar(value: string | boolean): string {
  if (typeof value === 'boolean') return String(value)
  const isPlain = PLAIN.test(value) && scalarType(value) === 'String' && !SHORT_WORDS.has(value)
  return isPlain ? value : quotedScalar(value)
}

/** JSON's quotes are YAML's; beyond what it escapes go the characters that YAML does not print or takes for line breaks. */
const quotedScalar = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
