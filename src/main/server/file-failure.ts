import { getSystemErrorMessage } from 'node:util'
import { Failure } from '#lib/failure.ts'

/**
 * What the system refused to do with a file as a `configuration` failure, since the operator can mend it; `undefined` for any
 * other error. The system does not always say which file it was: `path` then does.
 */
export function fileFailure(error: unknown, path?: string): Failure | undefined {
  if (!isSystemError(error)) return undefined
  const file = error.path ?? path
  if (file === undefined) return undefined
  const reason = getSystemErrorMessage(error.errno)
  return new Failure('configuration', `cannot ${error.syscall} ${file}: ${reason}`, {
    cause: error,
    hint: 'check what is there and who may use it',
  })
}

interface SystemError {
  readonly syscall: string
  readonly errno: number
  readonly path?: string
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && Object.hasOwn(error, 'syscall') && Object.hasOwn(error, 'errno')
