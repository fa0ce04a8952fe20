import { quoted } from '#lib/failure.ts'
import { templateFault } from './fault.ts'
import { isFunction } from './functions.ts'
import type { Token } from './lexer.ts'
import type { Command, Operand, Pipe } from './tree.ts'
import type { Value } from './value.ts'
import { bytesOf } from './value.ts'

/** How deep parentheses may be nested. */
const MAX_DEPTH = 50

/** What the beginning of a pipeline that sets variables looks like. */
const DECLARATION = /^(variable)(?: , (variable))? (:?=)/

const CONSTANTS: Readonly<Record<string, Value>> = { true: true, false: false, nil: null }

/** Reads a pipeline that may set up to `variables` variables, or one when it stands alone. Throws `configuration`. */
export function readPipe(tokens: readonly Token[], line: number, variables: number): Pipe {
  const reader = new PipeReader(tokens, line)
  const pipe = reader.pipe(Math.max(variables, 1), 0)
  reader.mustEnd()
  return pipe
}

class PipeReader {
  readonly #tokens: readonly Token[]
  readonly #line: number
  #next = 0

  constructor(tokens: readonly Token[], line: number) {
    this.#tokens = tokens
    this.#line = line
  }

  pipe(variables: number, depth: number): Pipe {
    if (depth > MAX_DEPTH) throw this.#fault('parentheses are nested too deeply')
    const declaration = this.#declaration(variables)
    const commands = [this.#command(depth)]
    while (this.#takes('|')) commands.push(this.#command(depth))
    return { ...declaration, commands }
  }

  mustEnd(): void {
    const token = this.#tokens[this.#next]
    if (token !== undefined) throw this.#fault(`unexpected ${shown(token)}`)
  }

  /** `$x :=`, `$x =` or `$i, $x :=`, if the pipeline begins so. */
  #declaration(most: number): Omit<Pipe, 'commands'> {
    const words = this.#tokens.slice(this.#next, this.#next + 4)
    const shape = words
      .map((token) => (token.kind === 'symbol' ? token.text : token.kind))
      .join(' ')
    const [, first, second, sign] = DECLARATION.exec(shape) ?? []
    if (first === undefined || (second !== undefined && most < 2)) {
      return { variables: [], assigns: false }
    }
    const variables = words.slice(0, second === undefined ? 1 : 3).flatMap(variableName)
    this.#next += variables.length * 2
    return { variables, assigns: sign === '=' }
  }

  #command(depth: number): Command {
    const first = this.#operand(depth)
    if (first === undefined) throw this.#fault('a value is missing')
    const rest: Operand[] = []
    for (let next = this.#operand(depth); next !== undefined; next = this.#operand(depth)) {
      rest.push(next)
    }
    return [first, ...rest]
  }

  #operand(depth: number): Operand | undefined {
    const token = this.#tokens[this.#next]
    if (token === undefined || isEnd(token)) return undefined
    this.#next += 1
    if (token.kind === 'field') {
      return { kind: 'dot', fields: [token.text.slice(1), ...this.#fields()] }
    }
    return { ...this.#base(token, depth), fields: this.#fields() }
  }

  #base(token: Token, depth: number): Bare<Operand> {
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: bytesOf(token.text) }
      case 'number':
        return { kind: 'literal', value: token.number }
      case 'variable':
        return { kind: 'variable', name: token.text.slice(1) }
      case 'name':
        return this.#named(token.text)
      case 'field':
      case 'symbol':
        return this.#symbol(token.text, depth)
    }
  }

  #named(name: string): Bare<Operand> {
    const constant = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined
    if (constant !== undefined) return { kind: 'literal', value: constant }
    if (isFunction(name)) return { kind: 'function', name }
    throw this.#fault(`there is no function ${quoted(name)}`)
  }

  #symbol(symbol: string, depth: number): Bare<Operand> {
    if (symbol === '.') return { kind: 'dot' }
    if (symbol !== '(') throw this.#fault(`unexpected ${quoted(symbol)}`)
    const pipe = this.pipe(1, depth + 1)
    if (!this.#takes(')')) throw this.#fault('a parenthesis is not closed')
    return { kind: 'pipe', pipe }
  }

  /** The fields that follow a value without white space between. */
  #fields(): readonly string[] {
    const fields: string[] = []
    for (;;) {
      const token = this.#tokens[this.#next]
      if (token?.kind !== 'field' || token.isApart) return fields
      fields.push(token.text.slice(1))
      this.#next += 1
    }
  }

  #takes(symbol: string): boolean {
    const takes = isSymbol(this.#tokens[this.#next], symbol)
    if (takes) this.#next += 1
    return takes
  }

  #fault(message: string): Error {
    return templateFault(this.#line, message)
  }
}

const variableName = (token: Token): readonly string[] =>
  token.kind === 'variable' ? [token.text.slice(1)] : []

type Bare<Any> = Any extends unknown ? Omit<Any, 'fields'> : never

const isSymbol = (token: Token | undefined, text: string): boolean =>
  token?.kind === 'symbol' && token.text === text

const isEnd = (token: Token): boolean =>
  token.kind === 'symbol' && (token.text === '|' || token.text === ')')

const shown = (token: Token): string =>
  'text' in token ? quoted(token.text) : quoted(String(token.number))
