import type { Span } from './source.ts'

/** A tag as it is written, for example `!variable`. */
export interface Tag {
  readonly text: string
  readonly at: Span
}

interface NodeBase {
  /** The token that stands for the node: its tag and text, or the tag or first character of a collection. */
  readonly at: Span
  /** `undefined` also for the tags of YAML's own types. */
  readonly tag: Tag | undefined
  /** How deep it nests and how many nodes it has, both with aliases replaced by what they stand for. */
  readonly depth: number
  readonly size: number
}

/** A piece of text. */
export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar'
  readonly value: string
  /** Neither quoted nor tagged as a string: what it means depends on its form. */
  readonly plain: boolean
  /** The text without the tag. */
  readonly valueAt: Span
}

/** A list. */
export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence'
  readonly items: readonly YamlNode[]
}

/** Attributes, in document order; a key may repeat. */
export interface MappingNode extends NodeBase {
  readonly kind: 'mapping'
  readonly pairs: readonly Pair[]
}

/** One attribute of a mapping. */
export interface Pair {
  readonly key: ScalarNode
  readonly value: YamlNode
}

/** What a policy consists of before it means anything. An alias is the very node that its anchor names. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode

/** A scalar node; `valueAt` is the text without the tag. */
export function scalarNode(
  value: string,
  plain: boolean,
  tag: Tag | undefined,
  valueAt: Span,
): ScalarNode {
  const at = tag === undefined ? valueAt : spanWithTag(tag.at, valueAt)
  return { kind: 'scalar', at, tag, depth: 0, size: 1, value, plain, valueAt }
}

const spanWithTag = (tag: Span, value: Span): Span =>
  value.start === value.end ? tag : { start: tag.start, end: value.end }

/** A list node. */
export function sequenceNode(
  items: readonly YamlNode[],
  tag: Tag | undefined,
  at: Span,
): SequenceNode {
  let depth = 0
  let size = 1
  for (const item of items) {
    depth = Math.max(depth, item.depth)
    size += item.size
  }
  return { kind: 'sequence', at, tag, depth: depth + 1, size, items }
}

/** A mapping node. */
export function mappingNode(pairs: readonly Pair[], tag: Tag | undefined, at: Span): MappingNode {
  let depth = 0
  let size = 1
  for (const { value } of pairs) {
    depth = Math.max(depth, value.depth)
    size += 1 + value.size
  }
  return { kind: 'mapping', at, tag, depth: depth + 1, size, pairs }
}
