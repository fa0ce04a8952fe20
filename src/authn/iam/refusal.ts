import { Failure } from '#lib/failure.ts'

/**
 * The refusal of a login: `unauthorized`. `message` is a code and text of reference/conjur-api.md 1.14, for the log and the audit; it never holds
 * anything of what was signed.
 */
export const refused = (message: string, options?: ErrorOptions): Failure =>
  new Failure('unauthorized', message, options)
