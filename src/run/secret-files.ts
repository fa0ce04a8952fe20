/**
 * Files with secret values for the child: in memory (`/dev/shm`) where the system has that, in a folder of mode 0700, each of
 * mode 0600 and created by us alone. They go when the runner ends; those of a runner that was killed go at the next start.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'
import { processSpace, processStat } from './process-stat.ts'

/** The files of this run. */
export interface SecretFiles {
  /** Writes `value` into a new file and returns its path. */
  write(value: Uint8Array): string
  /** Removes all files and their folder. */
  remove(): void
}

const SHARED_MEMORY = '/dev/shm'

/** Where the folder of a run goes. */
export function filesBase(): string {
  const stat = fs.statSync(SHARED_MEMORY, { throwIfNoEntry: false })
  if (stat?.isDirectory() !== true) return tmpdir()
  try {
    fs.accessSync(SHARED_MEMORY, fs.constants.W_OK | fs.constants.X_OK)
    return SHARED_MEMORY
  } catch {
    // Not ours to write to, as in a read-only container: the temporary folder it is.
    return tmpdir()
  }
}

/** No file yet, and no folder before the first file. `remove` runs at exit, too, whatever ends the program. */
export function openSecretFiles(base: string): SecretFiles {
  let folder: string | undefined
  let count = 0
  const remove = (): void => {
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true })
    folder = undefined
  }
  process.once('exit', remove)
  return {
    write(value) {
      return reporting(`cannot write a file with a secret in ${quoted(base)}`, () => {
        folder ??= fs.mkdtempSync(join(base, namePrefix(process.pid)))
        count += 1
        const path = join(folder, `secret-${count}`)
        writeNew(path, value)
        return path
      })
    },
    remove() {
      process.removeListener('exit', remove)
      remove()
    },
  }
}

/**
 * Removes the folders in `base` of runs that ended without removing them. Only folders of this user are touched, and only when
 * their process is gone: its id must be free or taken by a later process, seen from the same process id space. Throws `configuration` when that fails.
 */
export function sweepSecretFiles(base: string): void {
  const space = processSpace()
  reporting(`cannot remove what earlier runs left in ${quoted(base)}`, () => {
    for (const name of fs.readdirSync(base)) {
      const path = join(base, name)
      if (isLeftOver(name, space) && isOwnFolder(path)) {
        fs.rmSync(path, { recursive: true, force: true })
      }
    }
  })
}

function isLeftOver(name: string, space: string): boolean {
  const [, pid, startTime, itsSpace] = NAME.exec(name) ?? []
  return pid !== undefined && itsSpace === space && !isRunning(Number(pid), startTime)
}

function isOwnFolder(path: string): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  return stat?.isDirectory() === true && stat.uid === process.getuid?.()
}

/** Does `work`; what the file system refuses becomes a failure with `message`. */
function reporting<Result>(message: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new Failure('configuration', message, { cause: error })
  }
}

const NAME = /^strongroom-(\d+)-(\d+)-(\d+)-\w{6}$/

const namePrefix = (pid: number): string =>
  `strongroom-${pid}-${processStat(pid)?.startTime ?? '0'}-${processSpace()}-`

function isRunning(pid: number, startTime: string | undefined): boolean {
  if (startTime !== '0') return processStat(pid)?.startTime === startTime
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function writeNew(path: string, value: Uint8Array): void {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants
  const file = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600)
  try {
    fs.writeFileSync(file, value)
  } finally {
    fs.closeSync(file)
  }
}
