import type { FailureCode } from '#lib/failure.ts'
import { Failure } from '#lib/failure.ts'

/** What is known of a refusal besides its code and message. */
export interface RefusalDetails {
  /** The HTTP status. */
  readonly answered: number
  /** The variables that it is about, as the caller named them, when it is known that it is about some of several. */
  readonly ids?: readonly string[]
}

/** The failure that an answer of the server is: its code is that of the nearest known status, `answered` the status itself. */
export class ServerRefusal extends Failure {
  readonly answered: number
  readonly ids: readonly string[]

  constructor(code: FailureCode, message: string, { answered, ids = [] }: RefusalDetails) {
    super(code, message)
    this.answered = answered
    this.ids = ids
  }
}
