import { Failure, quoted } from '#lib/failure.ts'
import type { Document, Node } from 'yaml'
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'

/** The members of a mapping, in the order of the source. */
export type Members = readonly { readonly key: string; readonly value: Node | null }[]

/** The longest text that is read, in characters: far more than people write, far less than would take long. */
const MAX_TEXT = 1024 * 1024

/** The members of the mapping that `text` is. Throws `configuration` for anything that is not well-formed YAML, or is no mapping. */
export function parseMembers(text: string): Members {
  if (text.length > MAX_TEXT) throw new Failure('configuration', 'it is longer than 1 MiB')
  return membersOf(mustParse(text).contents)
}

/** The members of a mapping; none where nothing is written. Throws `configuration` for another kind of node and for a key given twice. */
export function membersOf(node: Node | null): Members {
  if (isNothing(node)) return []
  if (!isMap(node)) throw new Failure('configuration', 'invalid YAML structure: expected mapping')
  const members = node.items.map(({ key, value }) => ({
    key: isScalar(key) ? String(key.value) : '',
    value: isNode(value) ? value : null,
  }))
  const seen = new Set<string>()
  for (const { key } of members) {
    if (seen.has(key)) throw new Failure('configuration', `the key ${quoted(key)} is given twice`)
    seen.add(key)
  }
  return members
}

/** Whether a node is what YAML has where nothing is written, as in a section or a file without content. */
export const isNothing = (node: Node | null): boolean =>
  node === null ||
  (isScalar(node) && node.value === '' && node.tag === undefined && node.type === 'PLAIN')

/** The text of a plain value as the source has it; throws `configuration` for lists, mappings and aliases. */
export function textOf(key: string, node: Node | null): string {
  if (isScalar(node)) return String(node.value)
  throw new Failure('configuration', `the value of ${quoted(key)} is not a plain value`, {
    hint: 'lists and aliases are not supported',
  })
}

function mustParse(text: string): Document.Parsed {
  const lines = new LineCounter()
  // The failsafe schema makes text of every scalar; pretty errors would quote the file, which may hold secrets.
  const document = parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
    // Compares each key with each other one; membersOf looks for twins in less.
    uniqueKeys: false,
  })
  const fault = document.errors[0]
  if (fault === undefined) return document
  const { line, col } = lines.linePos(fault.pos[0])
  throw new Failure('configuration', `not valid YAML at line ${line}, column ${col}`, {
    cause: fault,
  })
}
