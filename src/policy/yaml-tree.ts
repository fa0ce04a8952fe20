import { CST } from 'yaml'
import { shown } from './problems.ts'
import type { Problems } from './problems.ts'
import type { Span } from './source.ts'
import { Suggestions } from './suggestions.ts'
import { composeBlockMapping, composeBlockSequence } from './yaml-block.ts'
import { containsNewline, isFlowScalar, placeOf } from './yaml-compose.ts'
import type { Compose } from './yaml-compose.ts'
import { isBlank, MAX_DEPTH, readDocument, TOO_DEEP } from './yaml-document.ts'
import { composeFlowMapping, composeFlowSequence } from './yaml-flow.ts'
import { mappingNode, scalarNode, sequenceNode } from './yaml-node.ts'
import type { ScalarNode, Tag, YamlNode } from './yaml-node.ts'
import { readProperties } from './yaml-properties.ts'
import type { Properties } from './yaml-properties.ts'
import { addSyntaxError, spanOf } from './yaml-syntax.ts'
import type { SyntaxError } from './yaml-syntax.ts'

/** So many nodes may a policy have once its aliases are replaced by what they stand for. */
const MAX_NODES = 4_000_000

/** The tags of YAML's own types: they change nothing, except that `!!str` and `!` make a string. */
const OWN_TAGS: ReadonlySet<string> = new Set(
  '! !!str !!int !!float !!bool !!null !!timestamp !!map !!seq'.split(' '),
)

/** What a policy text says, before it means anything. */
export interface Tree {
  /** `undefined` when the text holds nothing but comments. */
  readonly root: YamlNode | undefined
  /** Whether nodes may be reached in more than one way. */
  readonly aliased: boolean
}

/**
 * Reads the text of a policy as YAML. Throws a `PolicyFault` when it is not YAML, has more than one document, or
 * exceeds a bound of size or nesting, the expansion of aliases included; see {@link readDocument} for the rest.
 */
export function readTree(text: string, problems: Problems): Tree {
  const document = readDocument(text, problems)
  const builder = new TreeBuilder(problems)
  const root = document === undefined ? undefined : builder.document(document)
  problems.check()
  return { root, aliased: builder.aliased }
}

class TreeBuilder implements Compose {
  readonly problems: Problems
  readonly #anchors = new Map<string, YamlNode>()
  readonly #suggestions = new Suggestions()
  aliased = false

  constructor(problems: Problems) {
    this.problems = problems
  }

  document({ start, value, end = [], offset }: CST.Document): YamlNode | undefined {
    const next = value ?? end[0]
    const place = { indicator: 'doc-start', next, offset, indent: 0, startOnNewline: true } as const
    const properties = readProperties(start, place, this.problems)
    const context = contextAfter(value)
    if (properties.found !== undefined && !properties.hasNewline && isBlock(value)) {
      addSyntaxError(this.problems, placeOf(value, properties), 'dashNotAllowed')
    }
    const isEmpty = value === undefined && properties.tag === undefined
    const root = isEmpty ? undefined : this.node(value, properties, context)
    this.#checkRest(end, context)
    return root
  }

  #checkRest(tokens: readonly CST.SourceToken[] | undefined, context: SyntaxError): void {
    for (const token of tokens ?? []) {
      if (!isBlank(token)) addSyntaxError(this.problems, spanOf(token), context)
    }
  }

  node(
    token: CST.Token | null | undefined,
    properties: Properties,
    context: SyntaxError,
  ): YamlNode {
    const node = this.#build(token, properties, context)
    if (node.size > MAX_NODES) {
      const message = `a policy can have ${MAX_NODES} nodes at most, aliases expanded`
      this.problems.fatal(node.at, message, 'Use fewer aliases, or load the policy in parts')
    }
    if (node.depth > MAX_DEPTH) {
      const message = `a policy can nest ${MAX_DEPTH} levels deep at most, aliases expanded`
      this.problems.fatal(node.at, message, TOO_DEEP)
    }
    if (properties.anchor !== undefined) this.#define(properties.anchor, node)
    return node
  }

  key(
    token: CST.Token | null | undefined,
    properties: Properties,
    context: SyntaxError,
  ): ScalarNode {
    const node = this.node(token, properties, context)
    if (node.kind === 'scalar' && node.tag === undefined) return node
    if (node.kind !== 'scalar') {
      this.problems.add(node.at, `Unexpected ${node.kind}`, 'The name of an attribute is one word')
    } else if (!containsNewline(token)) {
      this.problems.add(
        node.at,
        `Unexpected tag '${shown(node.tag?.text ?? '')}' on an attribute name`,
        'Begin the attributes on the line below the tag',
      )
    }
    return scalarNode('', true, undefined, node.at)
  }

  #define(anchor: CST.SourceToken, node: YamlNode): void {
    const name = anchor.source.slice(1)
    if (name === '') addSyntaxError(this.problems, spanOf(anchor), 'emptyAnchor')
    else if (this.#anchors.has(name)) {
      const message = `Duplicate anchor ${shown(name)}`
      this.problems.add(spanOf(anchor), message, 'Give each anchor a name of its own')
    } else this.#anchors.set(name, node)
  }

  #build(
    token: CST.Token | null | undefined,
    properties: Properties,
    context: SyntaxError,
  ): YamlNode {
    const tag = tagOf(properties)
    if (token === null || token === undefined) {
      return scalarNode('', !isString(properties), tag, placeAfter(properties))
    }
    if (token.type === 'alias') return this.#alias(token, properties, context)
    if (isFlowScalar(token) || token.type === 'block-scalar') {
      return this.#scalar(token, properties, context)
    }
    const collection = this.#collection(token, properties, tag)
    if (collection !== undefined) return collection
    const isDash = token.type === 'error' && token.source === '-'
    addSyntaxError(this.problems, spanOf(token), isDash ? 'dashNotAllowed' : context)
    return scalarNode('', true, undefined, spanOf(token))
  }

  #collection(
    token: CST.Token,
    properties: Properties,
    tag: Tag | undefined,
  ): YamlNode | undefined {
    const at = placeOf(token, properties)
    if (token.type === 'block-map') {
      const pairs = composeBlockMapping(this, token)
      return mappingNode(pairs, tag, tag === undefined ? (pairs[0]?.key.at ?? at) : at)
    }
    if (token.type === 'block-seq') {
      this.#checkOwnLine(token, properties)
      return sequenceNode(composeBlockSequence(this, token), tag, at)
    }
    if (token.type !== 'flow-collection') return undefined
    return token.start.source === '{'
      ? mappingNode(composeFlowMapping(this, token), tag, at)
      : sequenceNode(composeFlowSequence(this, token), tag, at)
  }

  /** A tag or an anchor must not share its line with the first dash of its list. */
  #checkOwnLine(token: CST.BlockSequence, { tag, anchor, newlineAfterProperty }: Properties): void {
    const last = Math.max(tag?.offset ?? -1, anchor?.offset ?? -1)
    if ((newlineAfterProperty?.offset ?? -1) < last) {
      addSyntaxError(this.problems, spanOf(token), 'dashNotAllowed')
    }
  }

  #alias(token: CST.FlowScalar, { tag, anchor }: Properties, context: SyntaxError): YamlNode {
    this.aliased = true
    if (tag ?? anchor) addSyntaxError(this.problems, spanOf(token), 'propertyOnAlias')
    this.#checkRest(token.end, context)
    const name = token.source.slice(1)
    const node = this.#anchors.get(name)
    if (node !== undefined) return node
    const message = `Undefined alias '${shown(name)}'`
    const rule = `Define it further up with &${shown(name)}, or put the text in quotes`
    const advice = this.#suggestions.advice(name, this.#anchors.keys(), rule)
    this.problems.add(spanOf(token), message, advice)
    return scalarNode('', true, undefined, spanOf(token))
  }

  #scalar(
    token: CST.FlowScalar | CST.BlockScalar,
    properties: Properties,
    context: SyntaxError,
  ): ScalarNode {
    const at = spanOf(token)
    const { value } = CST.resolveAsScalar(token, false, (offset, code) => {
      const error = SCALAR_ERRORS.get(code) ?? context
      // A quote that is never closed is reported where it opens.
      const start = error === 'unclosedQuote' ? at.start : offset
      const isTab = error === 'badStart' && token.source.startsWith('\t')
      addSyntaxError(this.problems, { start, end: start + 1 }, isTab ? 'tab' : error)
    })
    if (value.includes('\0') || !value.isWellFormed()) {
      const message = 'a scalar cannot contain NUL or half a surrogate pair'
      this.problems.add(at, message, 'Write binary values as base64')
    }
    const plain = token.type === 'scalar' && !isString(properties)
    return scalarNode(value, plain, tagOf(properties), at)
  }
}

const SCALAR_ERRORS: ReadonlyMap<string, SyntaxError> = new Map([
  ['BAD_SCALAR_START', 'badStart'],
  ['MISSING_CHAR', 'unclosedQuote'],
  ['BAD_DQ_ESCAPE', 'badEscape'],
  ['BAD_INDENT', 'badBlockText'],
] as const)

function tagOf({ tag }: Properties): Tag | undefined {
  if (tag === undefined || OWN_TAGS.has(tag.source)) return undefined
  return { text: tag.source, at: spanOf(tag) }
}

/** Whether a tag makes text of what looks like a number. */
const isString = ({ tag }: Properties): boolean => tag?.source === '!' || tag?.source === '!!str'

/** Where an empty node is: behind the last of what stands in front of it. */
function placeAfter({ tag, anchor, found, end }: Properties): Span {
  const last = [tag, anchor, found].reduce(
    (latest, token) =>
      Math.max(latest, token === undefined ? 0 : token.offset + token.source.length),
    0,
  )
  return last === 0 ? { start: end, end } : { start: last, end: last }
}

const isBlock = (token: CST.Token | undefined): boolean =>
  token?.type === 'block-map' || token?.type === 'block-seq'

/** What is wrong with text that follows the whole document. */
function contextAfter(root: CST.Token | undefined): SyntaxError {
  if (root?.type === 'block-seq') return 'missingDash'
  return root?.type === 'block-map' ? 'missingKey' : 'unexpected'
}
