import { Failure } from '#lib/failure.ts'
import type { FailureCode } from '#lib/failure.ts'
import { PolicyFault } from '#policy/fault.ts'
import type { PolicyProblem } from '#policy/fault.ts'

/** A failure as it travels between threads, which know no classes. */
export type SentFailure =
  | { readonly kind: 'fault'; readonly problems: readonly PolicyProblem[] }
  | {
      readonly kind: 'failure'
      readonly code: FailureCode
      readonly message: string
      readonly hint: string | undefined
      readonly wire: Readonly<Record<string, unknown>>
    }

/** What the other thread needs to throw the like of `failure`. */
export function sendable(failure: Failure): SentFailure {
  if (failure instanceof PolicyFault) return { kind: 'fault', problems: failure.problems }
  const { code, message, hint, wire } = failure
  return { kind: 'failure', code, message, hint, wire }
}

/** The failure that was sent. */
export function received(sent: SentFailure): Failure {
  if (sent.kind === 'failure') {
    const { code, message, hint, wire } = sent
    return new Failure(code, message, { wire, ...(hint === undefined ? {} : { hint }) })
  }
  const [first, ...others] = sent.problems
  if (first === undefined) throw new Error('a fault was sent without its problems')
  return new PolicyFault([first, ...others])
}
