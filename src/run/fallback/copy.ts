import type { KeyObject } from 'node:crypto'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'
import { writeNew } from '#run/new-file.ts'
import { reporting } from '#run/reporting.ts'
import type { KeptValues } from './kept-values.ts'
import { parseKept, printKept } from './kept-values.ts'
import { newSealKey, seal, sealKey, unseal } from './sealed-file.ts'

/** The values of the last successful look-up, sealed in a file of this user. */
export interface Copy {
  /** The values; `undefined` when there are none that can be opened. */
  read(): KeptValues | undefined
  write(kept: KeptValues): void
  /** Removes the values, which are no longer the caller's. */
  drop(): void
}

/**
 * The copy for one `purpose`, which says whose values they are, of which server, and which. It lies in `folder` (mode 0700) beside the key
 * that seals it (mode 0600): it is safe from who gets the file alone, and not from who can read all files of this user.
 * Throws `configuration` when the folder, the key or the copy cannot be used, or when others may read the key.
 */
export function openCopy(folder: string, purpose: string): Copy {
  const path = join(
    folder,
    `${createHash('sha256').update(purpose).digest('hex').slice(0, 32)}.sealed`,
  )
  const report = <Result>(work: () => Result): Result =>
    reporting(`cannot use the fallback copies in ${quoted(folder)}`, work)
  return {
    read: () =>
      report(() => {
        const key = readKey(join(folder, 'key'))
        const sealed = key === undefined ? undefined : readFile(path)
        if (key === undefined || sealed === undefined) return undefined
        const content = unseal(key, purpose, sealed)
        return content === undefined ? undefined : parseKept(content.toString())
      }),
    write: (kept) =>
      report(() => {
        fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
        const key = readKey(join(folder, 'key')) ?? makeKey(join(folder, 'key'))
        const draft = `${path}.${process.pid}.new`
        fs.rmSync(draft, { force: true })
        writeNew(draft, seal(key, purpose, Buffer.from(printKept(kept))), 0o600)
        fs.renameSync(draft, path)
      }),
    drop: () => report(() => fs.rmSync(path, { force: true })),
  }
}

function readKey(path: string): KeyObject | undefined {
  const bytes = readFile(path)
  if (bytes === undefined) return undefined
  const { mode, uid } = fs.statSync(path)
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
    throw new Failure('configuration', `others may read the key ${quoted(path)}`, {
      hint: 'remove it, and the copies beside it, which cannot be trusted any more',
    })
  }
  const key = sealKey(bytes)
  if (key !== undefined) return key
  throw new Failure('configuration', `${quoted(path)} is not a key`, {
    hint: 'remove it; a new one is made when values are kept again',
  })
}

/** Another run may make one at the same time: then its key counts. */
function makeKey(path: string): KeyObject {
  const draft = `${path}.${process.pid}.new`
  fs.rmSync(draft, { force: true })
  writeNew(draft, newSealKey(), 0o600)
  try {
    fs.linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    fs.rmSync(draft, { force: true })
  }
  const key = readKey(path)
  if (key === undefined) throw new Failure('configuration', `cannot make the key ${quoted(path)}`)
  return key
}

function readFile(path: string): Buffer | undefined {
  try {
    return fs.readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
