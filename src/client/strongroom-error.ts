import type { FailureCode } from '#lib/failure.ts'

/** What went wrong; docs/reference/client.md explains each. New codes may come with new versions. */
export type ErrorCode = Exclude<FailureCode, 'usage'> | 'closed'

/** What is known of an error besides its code and message. */
export interface ErrorDetails {
  /** The HTTP status of the answer that it is. */
  readonly status?: number
  /** What can be done about it. */
  readonly hint?: string
  /** The variables that could not be read, as they were given. */
  readonly ids?: readonly string[]
  /** The error of the system that it comes from. */
  readonly cause?: unknown
}

/** Everything that can be expected to go wrong. It holds no secret and no credential, however it is shown. */
export class StrongroomError extends Error {
  override readonly name = 'StrongroomError'
  /** What went wrong, for programs. */
  readonly code: ErrorCode
  /** The HTTP status that the server answered with; `undefined` when the error is not an answer of the server. */
  readonly status: number | undefined
  /** What can be done about it, for people. */
  readonly hint: string | undefined
  /** The ids, as they were given, that `secrets` could not read; empty when the server does not tell, and for all other calls. */
  readonly ids: readonly string[]

  /** `message` says what went wrong, for people. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : {})
    this.code = code
    this.status = details.status
    this.hint = details.hint
    this.ids = details.ids ?? []
  }
}
