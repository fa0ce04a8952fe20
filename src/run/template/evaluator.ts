import { Failure, quoted } from '#lib/failure.ts'
import { templateFault } from './fault.ts'
import { callFunction, checkArguments } from './functions.ts'
import type { Command, Node, Operand, Pipe, Template } from './tree.ts'
import type { Value } from './value.ts'
import { isList, isTrue, printed, textOfBytes } from './value.ts'

/** How deep templates may call each other. */
const MAX_CALLS = 50

/** How much work a template may make: far more than a configuration file takes. */
const MAX_STEPS = 200_000

/** The longest that a text may get, in bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024

/** What a template is filled in with: all that it can reach. */
export interface TemplateData {
  readonly root: Value
  readonly secret: (alias: string) => Value
}

/** The bytes that a template prints. Throws `configuration` for what cannot be done, with the line. */
export function evaluate(template: Template, data: TemplateData): string {
  const evaluator = new Evaluator(template, data)
  evaluator.run(template.body, data.root)
  return evaluator.output.join('')
}

class Evaluator {
  readonly output: string[] = []
  readonly #template: Template
  readonly #data: TemplateData
  /** The variables that can be seen, those of inner blocks last. */
  #variables: { readonly name: string; value: Value }[]
  #calls = 0
  #steps = 0
  #length = 0

  constructor(template: Template, data: TemplateData) {
    this.#template = template
    this.#data = data
    this.#variables = [{ name: '', value: data.root }]
  }

  run(nodes: readonly Node[], dot: Value): void {
    const visible = this.#variables.length
    for (const node of nodes) {
      if (node.kind === 'text') this.#print(node.text)
      else this.#runAt(node, dot)
    }
    this.#variables.length = visible
  }

  #runAt(node: Exclude<Node, { readonly kind: 'text' }>, dot: Value): void {
    try {
      this.#step()
      this.#node(node, dot)
    } catch (error) {
      if (!(error instanceof Failure) || error.message.startsWith('template, line ')) throw error
      throw templateFault(node.line, error.message)
    }
  }

  #node(node: Exclude<Node, { readonly kind: 'text' }>, dot: Value): void {
    switch (node.kind) {
      case 'print': {
        const value = this.#pipe(node.pipe, dot)
        if (node.pipe.variables.length === 0) this.#print(printed(value))
        return
      }
      case 'template':
        this.#call(node.name, node.pipe === undefined ? null : this.#pipe(node.pipe, dot))
        return
      case 'range':
        this.#scoped(() => this.#range(node.pipe, node.body, node.otherwise, dot))
        return
      case 'if':
      case 'with':
        this.#scoped(() => {
          const value = this.#pipe(node.pipe, dot)
          const chosen = isTrue(value) ? node.body : node.otherwise
          this.run(chosen, node.kind === 'with' && isTrue(value) ? value : dot)
        })
    }
  }

  /** What `work` declares cannot be seen after it. */
  #scoped(work: () => void): void {
    const visible = this.#variables.length
    work()
    this.#variables.length = visible
  }

  #call(name: string, dot: Value): void {
    const body = this.#template.named.get(name)
    if (body === undefined)
      throw new Failure('configuration', `there is no template ${quoted(name)}`)
    if (this.#calls >= MAX_CALLS) {
      throw new Failure('configuration', 'templates call each other too deeply')
    }
    const caller = this.#variables
    this.#variables = [{ name: '', value: dot }]
    this.#calls += 1
    this.run(body, dot)
    this.#calls -= 1
    this.#variables = caller
  }

  #range(pipe: Pipe, body: readonly Node[], otherwise: readonly Node[], dot: Value): void {
    const elements = elementsOf(this.#value(pipe.commands, dot))
    for (const [key, value] of elements) {
      this.#step()
      this.#scoped(() => {
        const values = pipe.variables.length === 2 ? [key, value] : [value]
        for (const [at, name] of pipe.variables.entries()) this.#set(name, values[at] ?? null, pipe)
        this.run(body, value)
      })
    }
    if (elements.length === 0) this.run(otherwise, dot)
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    const value = this.#value(pipe.commands, dot)
    for (const name of pipe.variables) this.#set(name, value, pipe)
    return value
  }

  #value(commands: readonly Command[], dot: Value): Value {
    const [first, ...rest] = commands
    if (first === undefined) return null
    return rest.reduce(
      (value, command) => this.#command(command, dot, [value]),
      this.#command(first, dot, []),
    )
  }

  #command([first, ...rest]: Command, dot: Value, last: readonly Value[]): Value {
    this.#step()
    if (first.kind !== 'function') {
      if (rest.length > 0 || last.length > 0) {
        throw new Failure('configuration', 'only a function takes arguments')
      }
      return this.#operand(first, dot)
    }
    checkArguments(first.name, rest.length + last.length)
    return this.#fields(this.#function(first.name, rest, dot, last), first.fields)
  }

  #function(name: string, args: readonly Operand[], dot: Value, last: readonly Value[]): Value {
    if (name === 'and' || name === 'or') return this.#decide(name === 'or', args, dot, last)
    const values = [...args.map((operand) => this.#operand(operand, dot)), ...last]
    const [first = null] = values
    return name === 'secret' ? this.#data.secret(printed(first)) : callFunction(name, values)
  }

  /** The first operand that decides, or the last one; those after it are not looked at. */
  #decide(decision: boolean, args: readonly Operand[], dot: Value, last: readonly Value[]): Value {
    let value: Value = null
    for (const operand of args) {
      value = this.#operand(operand, dot)
      if (isTrue(value) === decision) return value
    }
    return last[0] ?? value
  }

  #operand(operand: Operand, dot: Value): Value {
    return this.#fields(this.#base(operand, dot), operand.fields)
  }

  #base(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'dot':
        return dot
      case 'literal':
        return operand.value
      case 'variable':
        return this.#variable(operand.name).value
      case 'function':
        return this.#command([operand], dot, [])
      case 'pipe':
        return this.#pipe(operand.pipe, dot)
    }
  }

  #fields(value: Value, fields: readonly string[]): Value {
    return fields.reduce((whole, field) => memberOf(whole, field), value)
  }

  #variable(name: string): { readonly name: string; value: Value } {
    const found = this.#variables.findLast((variable) => variable.name === name)
    if (found === undefined) throw new Failure('configuration', `undefined variable \`$${name}\``)
    return found
  }

  #set(name: string, value: Value, { assigns }: Pipe): void {
    if (assigns) this.#variable(name).value = value
    else this.#variables.push({ name, value })
  }

  #print(bytes: string): void {
    this.#length += bytes.length
    if (this.#length > MAX_OUTPUT) throw new Failure('configuration', 'the text gets too long')
    this.output.push(bytes)
  }

  #step(): void {
    this.#steps += 1
    if (this.#steps > MAX_STEPS) throw new Failure('configuration', 'the template does not end')
  }
}

function elementsOf(value: Value): readonly (readonly [Value, Value])[] {
  if (typeof value === 'number' && value <= MAX_STEPS) {
    return Array.from({ length: Math.max(0, value) }, (_, at) => [at, at] as const)
  }
  if (value === null) return []
  if (typeof value === 'object') {
    if (isList(value)) return value.map((element, at) => [at, element] as const)
    if (value.kind === 'map') {
      return [...value.members].toSorted(([one], [other]) => (one < other ? -1 : 1))
    }
  }
  throw new Failure('configuration', 'range needs a list')
}

function memberOf(value: Value, field: string): Value {
  const members = value !== null && typeof value === 'object' && !isList(value) && value.members
  const member = members === false ? undefined : members.get(Buffer.from(field).toString('latin1'))
  if (member === undefined) {
    throw new Failure('configuration', `there is no ${quoted(textOfBytes(`.${field}`))}`)
  }
  return member
}
