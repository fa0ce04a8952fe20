import { quoted } from '#lib/failure.ts'
import { templateFault } from './fault.ts'
import type { Piece, Token } from './lexer.ts'
import { splitTemplate } from './lexer.ts'
import { readPipe } from './pipe-parser.ts'
import type { Node, Pipe, Template } from './tree.ts'
import { bytesOf } from './value.ts'

/** How deep blocks may be nested. */
const MAX_DEPTH = 50

type Action = Extract<Piece, { readonly kind: 'action' }>

/** Reads a template. Throws `configuration`, with the line, for anything that it does not understand. */
export function parseTemplate(source: string): Template {
  const parser = new Parser(splitTemplate(source))
  const { nodes, end } = parser.block(0)
  if (end !== undefined) throw templateFault(end.line, `unexpected ${quoted(wordOf(end))}`)
  return { body: nodes, named: parser.named }
}

interface Block {
  readonly nodes: readonly Node[]
  /** The `else` or `end` that closes the block; absent at the end of the template. */
  readonly end: Action | undefined
}

class Parser {
  readonly named = new Map<string, readonly Node[]>()
  readonly #pieces: readonly Piece[]
  #next = 0

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces
  }

  block(depth: number): Block {
    const nodes: Node[] = []
    for (;;) {
      const piece = this.#pieces[this.#next]
      this.#next += 1
      if (piece === undefined) return { nodes, end: undefined }
      if (piece.kind === 'text') {
        nodes.push({ kind: 'text', text: bytesOf(piece.text) })
      } else if (['else', 'end'].includes(wordOf(piece))) {
        return { nodes, end: piece }
      } else {
        nodes.push(...this.#action(piece, depth))
      }
    }
  }

  #action(action: Action, depth: number): readonly Node[] {
    const { tokens, line } = action
    if (depth > MAX_DEPTH) throw templateFault(line, 'blocks are nested too deeply')
    const rest = tokens.slice(1)
    const word = wordOf(action)
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        return [this.#control(word, rest, line, depth)]
      case 'define':
        this.#define(rest, line, depth)
        return []
      case 'block':
        this.#define(rest.slice(0, 1), line, depth)
        return [callOf(rest, line)]
      case 'template':
        return [callOf(rest, line)]
      default:
        return [{ kind: 'print', pipe: readPipe(tokens, line, 0), line }]
    }
  }

  #control(
    kind: 'if' | 'with' | 'range',
    tokens: readonly Token[],
    line: number,
    depth: number,
  ): Node {
    const pipe: Pipe = readPipe(tokens, line, kind === 'range' ? 2 : 1)
    const { nodes: body, end } = this.block(depth + 1)
    const otherwise =
      end !== undefined && wordOf(end) === 'else' ? this.#else(kind, end, depth) : []
    if (end === undefined) throw templateFault(line, `${quoted(kind)} does not end`)
    return { kind, pipe, body, otherwise, line }
  }

  /** The branch after `{{else}}`, or the one that `{{else if …}}` stands for, which shares its end. */
  #else(kind: 'if' | 'with' | 'range', action: Action, depth: number): readonly Node[] {
    const [, next, ...rest] = action.tokens
    if (next === undefined) {
      const { nodes, end } = this.block(depth + 1)
      if (end === undefined || wordOf(end) !== 'end') {
        throw templateFault(action.line, '`else` does not end')
      }
      return nodes
    }
    const isChain = next.kind === 'name' && next.text === kind && kind !== 'range'
    if (!isChain || depth > MAX_DEPTH) throw templateFault(action.line, 'cannot understand `else`')
    return [this.#control(kind, rest, action.line, depth + 1)]
  }

  #define(tokens: readonly Token[], line: number, depth: number): void {
    const name = nameOf(tokens[0], line)
    if (tokens.length > 1) throw templateFault(line, 'only a name may follow `define`')
    const { nodes, end } = this.block(depth + 1)
    if (end === undefined || wordOf(end) !== 'end') {
      throw templateFault(line, `the template ${quoted(name)} does not end`)
    }
    this.named.set(name, nodes)
  }
}

/** A call of a named template, with what follows its name as its data. */
const callOf = ([name, ...data]: readonly Token[], line: number): Node => ({
  kind: 'template',
  name: nameOf(name, line),
  pipe: data.length === 0 ? undefined : readPipe(data, line, 0),
  line,
})

/** The word that an action begins with, if it begins with one. */
const wordOf = ({ tokens: [first] }: Action): string => (first?.kind === 'name' ? first.text : '')

function nameOf(token: Token | undefined, line: number): string {
  if (token?.kind === 'string') return token.text
  throw templateFault(line, 'the name of a template must be a text in quotes')
}
