import { quoted } from '#lib/failure.ts'
import { templateFault } from './fault.ts'
import { unquoteGo } from './go-literal.ts'

/** A word of an action. `isApart` says that white space stands before it, which tells `.a .b` from `.a.b`. */
export type Token = { readonly isApart: boolean } & (
  | { readonly kind: 'name' | 'variable' | 'field' | 'symbol'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
)

/** A piece of a template: text that is printed as it is, or what stands between `{{` and `}}`. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly line: number }

/** What each kind of token looks like, tried in this order. */
const SHAPES = [
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`|'(?:[^'\\\n]|\\[^\n])+'/y],
  ['number', /[-+]?\d[\w.]*/y],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['name', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['symbol', /:=|[=|(),.]/y],
] as const

/**
 * Takes a template in the language of Go's text/template apart. `{{-` and `-}}` take the white space away that the neighbouring text ends
 * or begins with, and comments are dropped. Throws `configuration` for an action that does not end or has a word that is none.
 */
export function splitTemplate(source: string): readonly Piece[] {
  const pieces: Piece[] = []
  let line = 1
  let position = 0
  let trims = false
  for (let start = source.indexOf('{{'); start !== -1; start = source.indexOf('{{', position)) {
    const opensTrimming = /^\{\{-\s/.test(source.slice(start, start + 4))
    const before = source.slice(position, start)
    addText(pieces, before, trims, opensTrimming)
    line += countLines(before)
    const action = readAction(source, start + (opensTrimming ? 3 : 2), line)
    if (action.tokens !== undefined) pieces.push({ kind: 'action', tokens: action.tokens, line })
    line += countLines(source.slice(start, action.end))
    position = action.end
    trims = action.trims
  }
  addText(pieces, source.slice(position), trims, false)
  return pieces
}

function addText(pieces: Piece[], source: string, trimStart: boolean, trimEnd: boolean): void {
  const started = trimStart ? source.trimStart() : source
  const text = trimEnd ? started.trimEnd() : started
  if (text !== '') pieces.push({ kind: 'text', text })
}

const countLines = (text: string): number => text.split('\n').length - 1

interface Action {
  /** Absent for a comment. */
  readonly tokens?: readonly Token[]
  readonly end: number
  readonly trims: boolean
}

const COMMENT = /\s*\/\*[^]*?\*\/(?:\s*|\s+(?<trims>-))\}\}/y
const END = /\s*\}\}|\s+(?<trims>-)\}\}/y
const SPACE = /\s+/y

function readAction(source: string, start: number, line: number): Action {
  const comment = matchAt(COMMENT, source, start)
  if (comment !== undefined) return endOf(comment)
  const tokens: Token[] = []
  let position = start
  for (;;) {
    const end = matchAt(END, source, position)
    if (end !== undefined) return { tokens, ...endOf(end) }
    const space = matchAt(SPACE, source, position)?.[0].length ?? 0
    const token = readToken(source, position + space, line)
    tokens.push({ ...token.value, isApart: space > 0 || tokens.length === 0 })
    position = token.end
  }
}

const endOf = (found: RegExpExecArray): { readonly end: number; readonly trims: boolean } => ({
  end: found.index + found[0].length,
  trims: found.groups?.['trims'] !== undefined,
})

function matchAt(shape: RegExp, source: string, position: number): RegExpExecArray | undefined {
  shape.lastIndex = position
  return shape.exec(source) ?? undefined
}

type Bare<Any> = Any extends unknown ? Omit<Any, 'isApart'> : never

function readToken(
  source: string,
  position: number,
  line: number,
): { readonly value: Bare<Token>; readonly end: number } {
  for (const [kind, shape] of SHAPES) {
    const text = matchAt(shape, source, position)?.[0]
    if (text === undefined) continue
    return { value: tokenOf(kind, text, line), end: position + text.length }
  }
  const rest = source.slice(position, position + 20).split('\n')[0] ?? ''
  throw templateFault(
    line,
    rest === '' ? 'an action does not end' : `cannot understand ${quoted(rest)}`,
  )
}

function tokenOf(kind: (typeof SHAPES)[number][0], text: string, line: number): Bare<Token> {
  if (kind === 'string') return stringToken(text, line)
  if (kind !== 'number') return { kind, text }
  const number = Number(text.replaceAll('_', ''))
  if (Number.isNaN(number)) throw templateFault(line, `${quoted(text)} is not a number`)
  return { kind, number }
}

/** A character in single quotes is a number in Go. */
function stringToken(text: string, line: number): Bare<Token> {
  const content = unquoteGo(text)
  if (content === undefined) throw templateFault(line, `${quoted(text)} is not a string`)
  if (!text.startsWith("'")) return { kind: 'string', text: content }
  return { kind: 'number', number: content.codePointAt(0) ?? 0 }
}
