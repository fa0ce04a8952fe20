import { Failure } from '#lib/failure.ts'

/**
 * The refusal of a pod: `unauthorized`. `message` is a code and text of reference/conjur-api.md 1.14, for the log and the trail; the caller
 * sees 401. Of a failure behind it only what is behind that is kept: `message` says all that the failure said, and the trail would tell the
 * failure in its place.
 */
export function refused(message: string, cause?: unknown): Failure {
  const origin = cause instanceof Failure ? cause.cause : cause
  return new Failure('unauthorized', message, origin === undefined ? {} : { cause: origin })
}

/** The refusal of a request or a certificate that names nobody at all, which the caller is told: 422 (reference/kubernetes.md 1.10). */
export const nameless = (message: string): Failure =>
  new Failure('unprocessable_entity', message, { wire: { code: 'argument_error' } })
