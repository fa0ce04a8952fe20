import { Failure } from '#lib/failure.ts'

/**
 * The refusal of a token: `unauthorized`. `message` is a code and text of reference/conjur-api.md 1.14, for the log and the audit;
 * it names claims and settings, and never holds the value of a claim.
 */
export const refused = (message: string, options?: ErrorOptions): Failure =>
  new Failure('unauthorized', message, options)
