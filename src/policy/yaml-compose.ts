import type { CST } from 'yaml'
import type { Problems } from './problems.ts'
import type { Span } from './source.ts'
import type { ScalarNode, YamlNode } from './yaml-node.ts'
import type { Properties } from './yaml-properties.ts'
import { spanOf } from './yaml-syntax.ts'
import type { SyntaxError } from './yaml-syntax.ts'

/** The longest key that needs no `?` in front of it (YAML 1.2.2, 7.4.2). */
export const MAX_IMPLICIT_KEY = 1024

/** What the composers of blocks and of flow collections need of the tree that they are part of. */
export interface Compose {
  readonly problems: Problems
  /** The node of a token, or an empty scalar; `context` is the error that stray text after it makes. */
  node(token: CST.Token | null | undefined, properties: Properties, context: SyntaxError): YamlNode
  /** The same, where a key stands: a key must be text without a tag, anything else is noted. */
  key(token: CST.Token | null | undefined, properties: Properties, context: SyntaxError): ScalarNode
}

/** Where a node is, or would be if it were not empty. */
export function placeOf(token: CST.Token | null | undefined, properties: Properties): Span {
  if (properties.start < properties.end) {
    const property = properties.tag ?? properties.anchor
    if (property !== undefined) {
      return { start: property.offset, end: property.offset + property.source.length }
    }
  }
  if (token === null || token === undefined) return { start: properties.end, end: properties.end }
  return spanOf(token)
}

/** Whether a key stretches over several lines, which only one after `?` may. */
export function containsNewline(key: CST.Token | null | undefined): boolean {
  if (key === null || key === undefined) return false
  if (key.type === 'flow-collection') {
    return key.items.some(
      ({ start, key: inner, sep, value }) =>
        hasNewline(start) || hasNewline(sep) || containsNewline(inner) || containsNewline(value),
    )
  }
  return isFlowScalar(key) ? key.source.includes('\n') || hasNewline(key.end) : true
}

/** Whether a token is text within a line or a few, or an alias. */
export const isFlowScalar = (token: CST.Token): token is CST.FlowScalar =>
  token.type === 'scalar' ||
  token.type === 'single-quoted-scalar' ||
  token.type === 'double-quoted-scalar' ||
  token.type === 'alias'

const hasNewline = (tokens: readonly CST.SourceToken[] | undefined): boolean =>
  tokens?.some(({ type }) => type === 'newline') ?? false
