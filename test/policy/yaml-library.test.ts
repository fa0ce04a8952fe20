import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { PolicyFault } from '#policy/fault.ts'
import { Problems } from '#policy/problems.ts'
import { Source } from '#policy/source.ts'
import type { YamlNode } from '#policy/yaml-node.ts'
import { readTree } from '#policy/yaml-tree.ts'

const DOCUMENTS = [
  '- ? a\n  : b\n- "x\n  y"\n- >-\n  folded\n- 12\n',
  '--- # c\n[ a, {b: c, "d": e}, ? x : y, z: 1 ]\n...\n',
  '- role: x\n  privileges: [\n    read\n  ]\n',
  "- 'it''s'\n- \"\\u00e9\\n\"\n- |\n  a\n   b\n\n- >\n  a\n  b\n",
  '- a\n\n# c\n- b # d\n- - c\n  - d\n',
  'a: 1\nb:\n- x\n- y\nc: {d: [e]}\n',
]

const PARTS = [
  '-',
  ' ',
  '\n',
  ': ',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  "'",
  ' #',
  '|',
  '? ',
  '\n- ',
  '\t',
]

/** Documents with one part put in, or in place of a character; the same ones every time. */
function mutations(count: number): readonly string[] {
  let state = 7
  const random = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7f_ff_ff_ff
    return (state >> 8) % limit
  }
  return Array.from({ length: count }, () => {
    const seed = DOCUMENTS[random(DOCUMENTS.length)] ?? ''
    const at = random(seed.length + 1)
    return seed.slice(0, at) + (PARTS[random(PARTS.length)] ?? '') + seed.slice(at + random(2))
  })
}

test('what the yaml library reads is read with the same values, what it refuses is refused', () => {
  let read = 0
  for (const text of mutations(400)) {
    const { isAccepted, value } = readByLibrary(text)
    const tree = readOrFault(text)
    if (tree instanceof PolicyFault) {
      // A policy is one document, and its keys are text.
      const isStricter = /Unexpected|Multiple/.test(tree.message)
      assert.ok(!isAccepted || isStricter, JSON.stringify([text, tree.message]))
    } else {
      assert.ok(isAccepted, JSON.stringify(text))
      assert.deepEqual(tree === undefined ? '' : valueOf(tree), value, JSON.stringify(text))
      read++
    }
  }
  assert.ok(read > 50, `only ${read} documents were read`)
})

function readByLibrary(text: string): { isAccepted: boolean; value: unknown } {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    logLevel: 'silent',
  })
  if (!Array.isArray(documents)) return { isAccepted: true, value: '' }
  const errors = documents.flatMap((document) => document.errors)
  // It wants a space in front of a comment, which libyaml does not.
  const isAccepted = errors.every(({ message }) => message.startsWith('Comments must'))
  return { isAccepted, value: isAccepted ? strings(documents[0]?.toJS()) : '' }
}

function readOrFault(text: string): YamlNode | PolicyFault | undefined {
  try {
    return readTree(text, new Problems(new Source(text))).root
  } catch (error) {
    if (error instanceof PolicyFault) return error
    throw error
  }
}

function valueOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'sequence') return node.items.map(valueOf)
  return Object.fromEntries(node.pairs.map(({ key, value }) => [key.value, valueOf(value)]))
}

function strings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strings)
  if (typeof value !== 'object' || value === null) return value ?? ''
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, strings(inner)]))
}
