import type { Value } from './value.ts'

/** A part of a template, as Go's text/template defines it. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipe: Pipe; readonly line: number }
  | {
      readonly kind: 'if' | 'with' | 'range'
      readonly pipe: Pipe
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
      readonly line: number
    }
  | {
      readonly kind: 'template'
      readonly name: string
      readonly pipe: Pipe | undefined
      readonly line: number
    }

/** Commands of which each gives its result to the next as its last argument. */
export interface Pipe {
  /** The variables that get the result, without a dollar sign. */
  readonly variables: readonly string[]
  /** Whether these are there already. */
  readonly assigns: boolean
  readonly commands: readonly Command[]
}

/** A function and its arguments, or a value alone. */
export type Command = readonly [Operand, ...Operand[]]

/** A value; `fields` are looked up in it one after the other. */
export type Operand = { readonly fields: readonly string[] } & (
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
)

/** A template that was read: what it prints, and the named ones that it defines. */
export interface Template {
  readonly body: readonly Node[]
  readonly named: ReadonlyMap<string, readonly Node[]>
}
