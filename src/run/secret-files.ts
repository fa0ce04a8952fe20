/**
 * The folder of a run, for files that only the child is to find: in memory where the system has that, of mode 0700, each file of
 * mode 0600 and created by us alone. It goes when the runner ends; that of a runner that was killed goes at the next start.
 */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { quoted } from '#lib/failure.ts'
import { writeNew } from './new-file.ts'
import { processSpace, processStat } from './process-stat.ts'
import { reporting } from './reporting.ts'

/** The files of this run. */
export interface SecretFiles {
  /** Where the file of that name is or will be. Makes the folder. */
  path(name: string): string
  /** Writes a file; a reader of an earlier one of that name sees the old or the new content. */
  write(name: string, value: Uint8Array): void
  /** Removes all files and their folder. */
  remove(): void
}

/** No folder before the first file. Throws `configuration` when something cannot be written. */
export function openSecretFiles(base: string): SecretFiles {
  let folder: string | undefined
  const report = <Result>(work: () => Result): Result =>
    reporting(`cannot write a file with a secret in ${quoted(base)}`, work)
  const path = (name: string): string => {
    folder ??= report(() => fs.mkdtempSync(join(base, namePrefix(process.pid))))
    return join(folder, name)
  }
  return {
    path,
    write(name, value) {
      const target = path(name)
      report(() => {
        fs.rmSync(`${target}.new`, { force: true })
        writeNew(`${target}.new`, value, 0o600)
        fs.renameSync(`${target}.new`, target)
      })
    },
    remove() {
      if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true })
      folder = undefined
    },
  }
}

/**
 * Removes the folders in `base` of runs that ended without removing them; `before` sees each one first. Only folders of this user are
 * touched, and only when their process is gone: its id must be free or taken by a later process, seen from the same process id space.
 * Throws `configuration` when that fails.
 */
export function sweepSecretFiles(base: string, before: (folder: string) => void): void {
  const space = processSpace()
  reporting(`cannot remove what earlier runs left in ${quoted(base)}`, () => {
    for (const name of fs.readdirSync(base)) {
      const path = join(base, name)
      if (isLeftOver(name, space) && isOwnFolder(path)) {
        before(path)
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
