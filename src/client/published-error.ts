import { Failure } from '#lib/failure.ts'
import { ServerRefusal } from './server-refusal.ts'
import type { ErrorCode } from './strongroom-error.ts'
import { StrongroomError } from './strongroom-error.ts'

/** A failure as other people's programs see it. Whatever is none comes back unchanged: it is the reason of their signal, the error of their function, or a bug. */
export function publishedError(error: unknown): unknown {
  if (!(error instanceof Failure)) return error
  const { message, hint, cause } = error
  return new StrongroomError(codeOf(error), message, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
    ...(error instanceof ServerRefusal ? { status: error.answered, ids: error.ids } : {}),
  })
}

/** Commands alone fail for how they were called. */
const codeOf = ({ code }: Failure): ErrorCode => (code === 'usage' ? 'argument_error' : code)
