/**
 * Every failure that may leave a process carries one of these codes. `status` is the HTTP status it
 * answers with, `exit` the exit code of a command that ends with it; docs/reference/errors.md lists them all.
 */
const CODES = {
  bad_request: { status: 400, exit: 2 },
  malformed: { status: 400, exit: 2 },
  unauthorized: { status: 401, exit: 4 },
  token_invalid: { status: 401, exit: 4 },
  credential_weak: { status: 401, exit: 4 },
  token_expired: { status: 401, exit: 4 },
  forbidden: { status: 403, exit: 5 },
  mfa_required: { status: 403, exit: 11 },
  mfa_refused: { status: 403, exit: 4 },
  address_rejected: { status: 403, exit: 5 },
  not_found: { status: 404, exit: 6 },
  method_not_allowed: { status: 405, exit: 2 },
  not_acceptable: { status: 406, exit: 2 },
  conflict: { status: 409, exit: 7 },
  too_large: { status: 413, exit: 2 },
  argument_error: { status: 422, exit: 2 },
  parameter_missing: { status: 422, exit: 2 },
  unprocessable_entity: { status: 422, exit: 2 },
  validation_failed: { status: 422, exit: 2 },
  policy_invalid: { status: 422, exit: 8 },
  mfa_locked: { status: 429, exit: 4 },
  not_implemented: { status: 501, exit: 1 },
  unavailable: { status: 503, exit: 9 },
  usage: { status: 400, exit: 2 },
  configuration: { status: 500, exit: 3 },
  unreachable: { status: 502, exit: 9 },
  untrusted: { status: 502, exit: 10 },
  corrupt: { status: 500, exit: 1 },
} as const

/** The closed list of failure codes. */
export type FailureCode = keyof typeof CODES

/** What a {@link Failure} may carry besides its message. */
export interface FailureOptions extends ErrorOptions {
  /** What the caller can do about it: one sentence, shown by commands after the message. */
  readonly hint?: string
  /** Further members of the error object on the wire (reference/conjur-api.md 1.3), e.g. `target`, `details`. */
  readonly wire?: Readonly<Record<string, unknown>>
}

/**
 * An expected failure. Anything else that is thrown is a bug and reaches the caller as a bare 500.
 *
 * `message` is for the caller: lower case, no final period, user input in backticks, never a secret.
 * What only an operator may see goes in `cause`, which is logged and never answered.
 */
export class Failure extends Error {
  override readonly name: string = 'Failure'
  readonly code: FailureCode
  readonly hint: string | undefined
  readonly wire: Readonly<Record<string, unknown>>

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint
    this.wire = options.wire ?? {}
  }

  /** The HTTP status that this failure answers with. */
  get status(): number {
    return CODES[this.code].status
  }

  /** The exit code of a command that ends with this failure. */
  get exitCode(): number {
    return CODES[this.code].exit
  }
}

/** User input as it may stand in a message: in backticks, cut to 80 characters, control characters shown as `\u…`. */
export function quoted(input: string): string {
  const cut = input.length > 80 ? `${input.slice(0, 79)}…` : input
  return `\`${cut.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeCharacter)}\``
}

const escapeCharacter = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`

/** All codes with their HTTP status and exit code: the source of docs/reference/errors.md. */
export const failureCodes: Readonly<
  Record<FailureCode, { readonly status: number; readonly exit: number }>
> = CODES
