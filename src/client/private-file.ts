import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'

/** The content of a text file; `undefined` when there is none. Throws `configuration` when it cannot be read. */
export function readTextFile(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause: error })
  }
}

/** Whether others than the owner may read or write the file. A file that is not there is nobody's. */
export function isExposed(path: string): boolean {
  const stat = fs.statSync(path, { throwIfNoEntry: false })
  return process.platform !== 'win32' && stat !== undefined && (stat.mode & 0o077) !== 0
}

/**
 * Puts `text` into a file of mode 0600 that replaces what was at `path`, so that a reader sees the old or the new content, never
 * a part; a symbolic link is followed and stays. Throws `configuration` when that is not possible.
 */
export function writePrivateFile(path: string, text: string): void {
  try {
    const target = fs.existsSync(path) ? fs.realpathSync(path) : path
    const draft = join(dirname(target), `.strongroom-${randomBytes(8).toString('hex')}`)
    try {
      writeDurably(draft, text)
      fs.renameSync(draft, target)
    } finally {
      fs.rmSync(draft, { force: true })
    }
  } catch (error) {
    throw new Failure('configuration', `cannot write ${quoted(path)}`, { cause: error })
  }
}

function writeDurably(path: string, text: string): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants
  const file = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600)
  try {
    fs.writeFileSync(file, text)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
