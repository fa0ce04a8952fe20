import { Failure } from '#lib/failure.ts'

/** One thing that is wrong with a policy. It points at the offending token itself; line and column count from 1. */
export interface PolicyProblem {
  readonly line: number
  readonly column: number
  readonly message: string
  /** What to do about it: a correction, or a usual cause (reference/conjur-api.md 4.9). */
  readonly advice: string
  /** What stands at that place, cut to 80 characters. */
  readonly offendingText: string
}

/**
 * A policy cannot be loaded, for all the reasons in `problems`, in the order of their places; there is at least one. The
 * message, `innererror` on the wire and the hint are those of the first (reference/conjur-api.md 1.3).
 */
export class PolicyFault extends Failure {
  override readonly name: string = 'PolicyFault'
  readonly problems: readonly PolicyProblem[]

  constructor(found: readonly [PolicyProblem, ...PolicyProblem[]]) {
    const problems = found.toSorted(byPlace)
    const { line, column, message, advice } = problems[0] ?? found[0]
    super('policy_invalid', `Error at line ${line}, column ${column} in policy : ${message}`, {
      wire: { innererror: { code: 'policy_invalid', filename: 'policy', line, column }, problems },
      hint: advice,
    })
    this.problems = problems
  }
}

const byPlace = (one: PolicyProblem, other: PolicyProblem): number =>
  one.line - other.line || one.column - other.column
