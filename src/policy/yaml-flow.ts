import type { CST } from 'yaml'
import { containsNewline, MAX_IMPLICIT_KEY, placeOf } from './yaml-compose.ts'
import type { Compose } from './yaml-compose.ts'
import { mappingNode } from './yaml-node.ts'
import type { Pair, YamlNode } from './yaml-node.ts'
import { readProperties } from './yaml-properties.ts'
import type { Properties } from './yaml-properties.ts'
import { isBlank } from './yaml-document.ts'
import { addSyntaxError, spanOf } from './yaml-syntax.ts'
import type { SyntaxError } from './yaml-syntax.ts'

/** The items of `[…]`. A pair without braces in it is a mapping of its own. */
export function composeFlowSequence(compose: Compose, flow: CST.FlowCollection): YamlNode[] {
  const items: YamlNode[] = []
  for (const { item, before } of itemsOf(compose, flow, 'badList')) {
    if (item.sep === undefined && before.found === undefined) {
      items.push(compose.node(item.value, before, 'badList'))
    } else {
      if (before.found === undefined) checkPairInList(compose, item, before)
      const pair = composePair(compose, item, before, 'badList')
      items.push(mappingNode([pair], undefined, pair.key.at))
    }
  }
  checkEnd(compose, flow, ']', 'badList')
  return items
}

/** The attributes of `{…}`. */
export function composeFlowMapping(compose: Compose, flow: CST.FlowCollection): Pair[] {
  const pairs: Pair[] = []
  for (const { item, before } of itemsOf(compose, flow, 'badMapping')) {
    pairs.push(composePair(compose, item, before, 'badMapping'))
  }
  checkEnd(compose, flow, '}', 'badMapping')
  return pairs
}

/** Indentation means nothing between brackets. */
const IN_FLOW = { indent: 0, startOnNewline: false }

interface FlowItem {
  readonly item: CST.CollectionItem
  readonly before: Properties
}

/** The items with what stands in front of each, without an empty one at the end. */
function itemsOf(
  compose: Compose,
  flow: CST.FlowCollection,
  error: 'badList' | 'badMapping',
): readonly FlowItem[] {
  return flow.items.flatMap((item, index) => {
    const next = item.key ?? item.sep?.[0] ?? item.value
    const offset = next?.offset ?? flow.offset + 1
    const place = { ...IN_FLOW, flow: error, indicator: 'explicit-key-ind', next, offset } as const
    const before = readProperties(item.start, place, compose.problems)
    if (isEmpty(item, before)) {
      const isLast = index > 0 && index === flow.items.length - 1
      if (!isLast) addStrayComma(compose, before, error)
      return []
    }
    checkComma(compose, before, next, index === 0, error)
    checkNoBlock(compose, item, error)
    return [{ item, before }]
  })
}

function addStrayComma(compose: Compose, { comma }: Properties, error: SyntaxError): void {
  if (comma !== undefined) addSyntaxError(compose.problems, spanOf(comma), error)
}

function checkComma(
  compose: Compose,
  before: Properties,
  next: CST.Token | undefined,
  isFirst: boolean,
  error: SyntaxError,
): void {
  const isMissing = before.comma === undefined
  if (isMissing === isFirst) return
  addSyntaxError(
    compose.problems,
    before.comma ? spanOf(before.comma) : placeOf(next, before),
    error,
  )
}

const isEmpty = ({ sep, value }: CST.CollectionItem, before: Properties): boolean =>
  before.found === undefined &&
  before.tag === undefined &&
  before.anchor === undefined &&
  sep === undefined &&
  value === undefined

function composePair(
  compose: Compose,
  { key, sep, value }: CST.CollectionItem,
  before: Properties,
  error: 'badList' | 'badMapping',
): Pair {
  const keyNode = compose.key(key, before, error)
  const offset = keyNode.valueAt.end
  const place = {
    ...IN_FLOW,
    flow: error,
    indicator: 'map-value-ind',
    next: value,
    offset,
  } as const
  const after = readProperties(sep ?? [], place, compose.problems)
  if (after.found === undefined && value !== undefined) {
    const isColon = 'source' in value && value.source.startsWith(':')
    addSyntaxError(compose.problems, spanOf(value), isColon ? 'missingColon' : error)
  }
  return { key: keyNode, value: compose.node(value, after, error) }
}

function checkPairInList(compose: Compose, item: CST.CollectionItem, before: Properties): void {
  const { key, sep = [] } = item
  const colon = sep.findIndex(({ type }) => type === 'map-value-ind')
  const newline = sep.findIndex(({ type }) => type === 'newline')
  const broken = containsNewline(key) || (newline !== -1 && newline < colon)
  const length = (sep[colon]?.offset ?? before.start) - before.start
  if (broken || length > MAX_IMPLICIT_KEY) {
    addSyntaxError(compose.problems, placeOf(key, before), broken ? 'missingColon' : 'longKey')
  }
}

function checkNoBlock(
  compose: Compose,
  { key, value }: CST.CollectionItem,
  error: SyntaxError,
): void {
  for (const token of [key, value]) {
    if (token?.type === 'block-map' || token?.type === 'block-seq') {
      addSyntaxError(compose.problems, spanOf(token), error)
    }
  }
}

function checkEnd(
  compose: Compose,
  flow: CST.FlowCollection,
  bracket: ']' | '}',
  error: SyntaxError,
): void {
  const [end, ...rest] = flow.end
  if (end?.source !== bracket) addSyntaxError(compose.problems, spanOf(flow.start), error)
  for (const token of rest) {
    if (!isBlank(token)) addSyntaxError(compose.problems, spanOf(token), error)
  }
}
