import { quoted } from '#lib/failure.ts'
import { PolicyFault } from './fault.ts'
import type { PolicyProblem } from './fault.ts'
import type { Source, Span } from './source.ts'

/** So many problems of one policy are reported; a hostile document cannot ask for more. */
const MAX_PROBLEMS = 100

/** What is wrong with a policy, collected so that a caller learns of everything at once. */
export class Problems {
  readonly #source: Source
  readonly #found: PolicyProblem[] = []
  readonly #firstOfLine = new Map<number, PolicyProblem>()

  constructor(source: Source) {
    this.#source = source
  }

  /** Notes a problem; throws the {@link PolicyFault} once there are 100. */
  add(span: Span, message: string, advice: string): void {
    this.#note(this.#source.problem(span, message, advice))
  }

  /** Like {@link add}, but of all the problems of a line that are noted so it keeps the leftmost alone. */
  addFirstOfLine(span: Span, message: string, advice: string): void {
    const problem = this.#source.problem(span, message, advice)
    const known = this.#firstOfLine.get(problem.line)
    if (known !== undefined && known.column <= problem.column) return
    this.#firstOfLine.set(problem.line, problem)
    if (known === undefined) this.#note(problem)
    else this.#found[this.#found.indexOf(known)] = problem
  }

  /** Notes a problem after which nothing sensible can be said, and throws the {@link PolicyFault}. */
  fatal(span: Span, message: string, advice: string): never {
    const last = this.#source.problem(span, message, advice)
    const [first, ...others] = this.#found
    throw new PolicyFault(first === undefined ? [last] : [first, ...others, last])
  }

  /** Throws the {@link PolicyFault} when there is any problem. */
  check(): void {
    const [first, ...others] = this.#found
    if (first !== undefined) throw new PolicyFault([first, ...others])
  }

  #note(problem: PolicyProblem): void {
    this.#found.push(problem)
    if (this.#found.length >= MAX_PROBLEMS) this.check()
  }
}

/** User input as the literal messages of the policy language show it: without quotes, else like {@link quoted}. */
export const shown = (input: string): string => quoted(input).slice(1, -1)
