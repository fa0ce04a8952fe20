import { Failure } from '#lib/failure.ts'

/** Does `work`; what the system refuses becomes a failure `configuration` with `message`. */
export function reporting<Result>(message: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    const reason = 'code' in error && typeof error.code === 'string' ? error.code : 'refused'
    throw new Failure('configuration', `${message}: ${REASONS[reason] ?? reason}`, { cause: error })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EDQUOT: 'no space is left',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link',
}
