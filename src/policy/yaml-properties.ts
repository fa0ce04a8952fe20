import type { CST } from 'yaml'
import { addSyntaxError, spanOf } from './yaml-syntax.ts'
import type { SyntaxError } from './yaml-syntax.ts'
import type { Problems } from './problems.ts'
import type { Span } from './source.ts'

/** Where a run of tokens stands in front of a node. */
export interface Place {
  readonly indicator: CST.SourceToken['type']
  /** What follows the run. */
  readonly next: CST.Token | null | undefined
  /** Where the run begins. */
  readonly offset: number
  /** The indentation of the enclosing block; a tab at or left of it would be indentation. */
  readonly indent: number
  /** The flow collection that the run belongs to. */
  readonly flow?: 'badList' | 'badMapping'
  readonly startOnNewline: boolean
}

/** What the tokens in front of a node say about it. */
export interface Properties {
  readonly tag: CST.SourceToken | undefined
  readonly anchor: CST.SourceToken | undefined
  /** The indicator itself. */
  readonly found: CST.SourceToken | undefined
  readonly comma: CST.SourceToken | undefined
  /** Whether a line ends before the node, and whether one ends after its tag or anchor. */
  readonly hasNewline: boolean
  readonly newlineAfterProperty: CST.SourceToken | undefined
  /** Where the tag or anchor begins, or else the run ends; and where the run ends. */
  readonly start: number
  readonly end: number
}

/** Reads the tokens in front of a node: indicator, comma, tag, anchor, white space. Notes what cannot stand there. */
export function readProperties(
  tokens: readonly CST.SourceToken[],
  place: Place,
  problems: Problems,
): Properties {
  const reader = new PropertyReader(place, problems)
  for (const token of tokens) reader.read(token)
  const last = tokens.at(-1)
  return reader.finish(last === undefined ? place.offset : last.offset + last.source.length)
}

class PropertyReader {
  readonly #place: Place
  readonly #problems: Problems
  #tag: CST.SourceToken | undefined
  #anchor: CST.SourceToken | undefined
  #found: CST.SourceToken | undefined
  #comma: CST.SourceToken | undefined
  #newlineAfterProperty: CST.SourceToken | undefined
  #tab: CST.SourceToken | undefined
  #hasNewline = false
  #needsSpace = false
  #atNewline: boolean

  constructor(place: Place, problems: Problems) {
    this.#place = place
    this.#problems = problems
    this.#atNewline = place.startOnNewline
  }

  read(token: CST.SourceToken): void {
    this.#checkSpacing(token)
    this.#checkTab(token)
    const { type } = token
    if (type === 'space') this.#space(token)
    else if (type === 'comment') this.#atNewline = false
    else if (type === 'newline') this.#newline(token)
    else if (type === 'anchor') this.#anchor = this.#property(token, this.#anchor)
    else if (type === 'tag') this.#tag = this.#property(token, this.#tag)
    else if (type === this.#place.indicator) this.#indicator(token)
    else this.#other(token)
  }

  finish(end: number): Properties {
    const { next } = this.#place
    if (this.#needsSpace && next && !isSeparator(next)) this.#add(spanOf(next), 'unspacedTag')
    this.#checkLastTab()
    return {
      tag: this.#tag,
      anchor: this.#anchor,
      found: this.#found,
      comma: this.#comma,
      hasNewline: this.#hasNewline,
      newlineAfterProperty: this.#newlineAfterProperty,
      start: Math.min(this.#tag?.offset ?? end, this.#anchor?.offset ?? end),
      end,
    }
  }

  #checkLastTab(): void {
    const tab = this.#tab
    if (tab === undefined) return
    const { next, indent } = this.#place
    const opensBlock = next?.type === 'block-map' || next?.type === 'block-seq'
    if (opensBlock || (this.#atNewline && tab.indent <= indent)) this.#add(spanOf(tab), 'tab')
  }

  #checkSpacing(token: CST.SourceToken): void {
    if (this.#needsSpace && !isSeparator(token)) this.#add(spanOf(token), 'unspacedTag')
    this.#needsSpace = false
  }

  #checkTab(token: CST.SourceToken): void {
    const tab = this.#tab
    if (tab === undefined) return
    if (this.#atNewline && token.type !== 'comment' && token.type !== 'newline') {
      this.#add(spanOf(tab), 'tab')
    }
    this.#tab = undefined
  }

  #space(token: CST.SourceToken): void {
    const { flow, indicator, next } = this.#place
    const flowAtTop = indicator === 'doc-start' && next?.type === 'flow-collection'
    if (flow === undefined && !flowAtTop && token.source.includes('\t')) this.#tab = token
  }

  #newline(token: CST.SourceToken): void {
    this.#atNewline = true
    this.#hasNewline = true
    if (this.#tag !== undefined || this.#anchor !== undefined) this.#newlineAfterProperty = token
  }

  #property(token: CST.SourceToken, earlier: CST.SourceToken | undefined): CST.SourceToken {
    if (earlier !== undefined) this.#add(spanOf(token), 'secondProperty')
    this.#atNewline = false
    this.#needsSpace = true
    return token
  }

  #indicator(token: CST.SourceToken): void {
    const property = this.#tag ?? this.#anchor
    if (property !== undefined) this.#add(spanOf(property), 'misplacedProperty')
    if (this.#found !== undefined) this.#unexpected(token)
    this.#found = token
    this.#atNewline = token.type === 'seq-item-ind' || token.type === 'explicit-key-ind'
  }

  #other(token: CST.SourceToken): void {
    if (token.type !== 'comma' || this.#place.flow === undefined) this.#unexpected(token)
    else if (this.#comma !== undefined) this.#unexpected(token)
    else this.#comma = token
    this.#atNewline = false
  }

  #unexpected(token: CST.SourceToken): void {
    this.#add(spanOf(token), this.#place.flow ?? errorOf(token))
  }

  #add(span: Span, error: SyntaxError): void {
    addSyntaxError(this.#problems, span, error)
  }
}

/** The error that an indicator makes where it cannot stand. */
function errorOf(token: CST.SourceToken): SyntaxError {
  if (token.type === 'seq-item-ind') return 'dashNotAllowed'
  return token.type === 'map-value-ind' ? 'valueNotAllowed' : 'unexpected'
}

/** Whether a token may follow a tag or an anchor directly. */
const isSeparator = (token: CST.Token): boolean =>
  token.type === 'space' ||
  token.type === 'newline' ||
  token.type === 'comma' ||
  (token.type === 'scalar' && token.source === '')
