import { Failure } from '#lib/failure.ts'

/** The refusal of a certificate or of a configuration: `unauthorized`, with a code and text of reference/conjur-api.md 1.14. */
export const refused = (message: string, options?: ErrorOptions): Failure =>
  new Failure('unauthorized', message, options)
