import type { CST } from 'yaml'
import { containsNewline, MAX_IMPLICIT_KEY, placeOf } from './yaml-compose.ts'
import type { Compose } from './yaml-compose.ts'
import type { Pair, ScalarNode, YamlNode } from './yaml-node.ts'
import { readProperties } from './yaml-properties.ts'
import type { Properties } from './yaml-properties.ts'
import { addSyntaxError, spanOf } from './yaml-syntax.ts'

type BlockPair = CST.BlockMap['items'][number]

/** The items of a list written with dashes. */
export function composeBlockSequence(compose: Compose, sequence: CST.BlockSequence): YamlNode[] {
  const items: YamlNode[] = []
  for (const { start, value } of sequence.items) {
    const properties = readProperties(
      start,
      {
        indicator: 'seq-item-ind',
        next: value,
        offset: value?.offset ?? sequence.offset,
        indent: sequence.indent,
        startOnNewline: true,
      },
      compose.problems,
    )
    if (properties.found === undefined) {
      // A comment after the last item makes an item of its own.
      if (value === undefined && properties.tag === undefined && properties.anchor === undefined) {
        continue
      }
      addSyntaxError(compose.problems, placeOf(value, properties), 'missingDash')
    }
    items.push(compose.node(value, properties, 'missingDash'))
  }
  return items
}

/** The attributes of a mapping written on lines of their own. */
export function composeBlockMapping(compose: Compose, mapping: CST.BlockMap): Pair[] {
  const pairs: Pair[] = []
  for (const item of mapping.items) {
    const pair = composePair(compose, mapping, item)
    if (pair !== undefined) pairs.push(pair)
  }
  return pairs
}

function composePair(compose: Compose, mapping: CST.BlockMap, item: BlockPair): Pair | undefined {
  const { key, value } = item
  const before = beforeKey(compose, mapping, item)
  checkIndent(compose, mapping, item, before)
  const isImplicit = before.found === undefined
  if (isImplicit && isComment(item, before)) return undefined
  const keyNode = compose.key(key, before, 'missingKey')
  const after = beforeValue(compose, mapping, item, keyNode)
  if (isImplicit) checkImplicitKey(compose, item, before, after)
  else if (value && after.found === undefined) {
    addSyntaxError(compose.problems, placeOf(value, after), 'missingColon')
  }
  return { key: keyNode, value: compose.node(value, after, 'missingKey') }
}

function beforeKey(
  compose: Compose,
  { indent, offset: mappingOffset }: CST.BlockMap,
  { start, key, sep }: BlockPair,
): Properties {
  const next = key ?? sep?.[0]
  const offset = next?.offset ?? mappingOffset
  const place = {
    indicator: 'explicit-key-ind',
    next,
    offset,
    indent,
    startOnNewline: true,
  } as const
  return readProperties(start, place, compose.problems)
}

function beforeValue(
  compose: Compose,
  { indent }: CST.BlockMap,
  { key, sep = [], value }: BlockPair,
  { valueAt: { end: offset } }: ScalarNode,
): Properties {
  const startOnNewline = !key || key.type === 'block-scalar'
  const place = { indicator: 'map-value-ind', next: value, offset, indent, startOnNewline } as const
  return readProperties(sep, place, compose.problems)
}

/** Whether an item is just the comment or white space that follows the last attribute. */
const isComment = ({ sep }: BlockPair, before: Properties): boolean =>
  before.tag === undefined && before.anchor === undefined && sep === undefined

function checkIndent(
  compose: Compose,
  mapping: CST.BlockMap,
  { key }: BlockPair,
  before: Properties,
): void {
  const indent = before.found?.indent ?? (key && 'indent' in key ? key.indent : mapping.indent)
  const isBlock = before.found === undefined && key?.type === 'block-seq'
  if (isBlock || indent !== mapping.indent) {
    addSyntaxError(compose.problems, placeOf(before.found ?? key, before), 'missingKey')
  }
}

function checkImplicitKey(
  compose: Compose,
  { key, value }: BlockPair,
  before: Properties,
  after: Properties,
): void {
  const { problems } = compose
  const colon = after.found
  if (colon === undefined) {
    addSyntaxError(problems, placeOf(key, before), 'missingColon')
    return
  }
  if (before.newlineAfterProperty !== undefined || containsNewline(key)) {
    addSyntaxError(problems, spanOf(colon), 'valueNotAllowed')
  }
  if (before.start < colon.offset - MAX_IMPLICIT_KEY) {
    addSyntaxError(problems, placeOf(key, before), 'longKey')
  }
  if (value?.type === 'block-map' && !after.hasNewline) {
    addSyntaxError(problems, spanOf(colonOf(value) ?? value), 'valueNotAllowed')
  }
}

const colonOf = ({ items: [first] }: CST.BlockMap): CST.SourceToken | undefined =>
  first?.sep?.find(({ type }) => type === 'map-value-ind')
