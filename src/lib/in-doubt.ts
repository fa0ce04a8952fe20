import { Failure } from './failure.ts'

/**
 * The failure `unavailable` of something that was under way when it happened, so that nobody knows whether it was carried out: whoever is told
 * of it is not told to come again, which says that it was not.
 */
export class InDoubt extends Failure {
  constructor(message: string, options: ErrorOptions) {
    super('unavailable', message, options)
  }
}
