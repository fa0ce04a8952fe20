import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Failure, quoted } from '#lib/failure.ts'
import { writeNew } from './new-file.ts'
import type { PlannedFile } from './plan.ts'
import type { PushedRecord } from './pushed-journal.ts'
import { existsAt, JOURNAL, journalText, undo } from './pushed-journal.ts'
import { reporting } from './reporting.ts'
import type { SecretFiles } from './secret-files.ts'

/** A file of `summon.files` and what is to be in it. */
export interface PushedContent {
  readonly file: PlannedFile
  readonly content: Uint8Array
}

/** The files of `summon.files` of this run, which lie where the secrets file says. */
export interface PushedFiles {
  /** Writes all files; those that were written before get new content. Throws `configuration` when one cannot be written. */
  write(contents: readonly PushedContent[]): void
  /** Removes all files, and puts back what was there before. */
  remove(): void
}

interface Pushed extends PushedRecord {
  readonly identities: string[]
  isInPlace: boolean
}

/** Throws `configuration` when a file is there already that must not be overwritten. */
export function checkPlace({ path, spec }: PlannedFile): void {
  if (spec.overwrite) return
  if (reporting(`cannot look at ${quoted(path)}`, () => existsAt(path))) throw alreadyThere(path)
}

const alreadyThere = (path: string): Failure =>
  new Failure(
    'configuration',
    `file already exists at ${quoted(path)} and overwrite is not enabled`,
    {
      hint: 'write overwrite: true, which puts the file back in the end, or choose another path',
    },
  )

/**
 * Nothing is written yet. Before a file is touched, `folder`, which the next run sweeps if this one is killed, says what must be
 * undone. A file gets its name only when its content is whole and its permissions are right.
 */
export function openPushedFiles(folder: SecretFiles): PushedFiles {
  const all = new Map<string, Pushed>()
  const save = (): void => folder.write(JOURNAL, Buffer.from(journalText([...all.values()])))
  return {
    write(contents) {
      for (const { file } of contents) {
        const pushed = all.get(file.path) ?? newPushed(file.path)
        all.set(file.path, pushed)
      }
      if (contents.length > 0) save()
      for (const { file, content } of contents) {
        const pushed = all.get(file.path)
        if (pushed === undefined) continue
        reporting(`cannot write ${quoted(file.path)}`, () => {
          prepare(pushed, file, content)
          save()
          put(pushed, file.spec.overwrite)
        })
      }
    },
    remove() {
      for (const pushed of all.values()) undo(pushed, pushed.isInPlace)
      all.clear()
    },
  }
}

function newPushed(path: string): Pushed {
  const mark = randomBytes(6).toString('hex')
  const hidden = join(dirname(path), `.${basename(path).slice(0, 50)}.strongroom-${mark}`)
  return {
    path,
    draft: `${hidden}-new`,
    original: `${hidden}-old`,
    identities: [],
    isInPlace: false,
  }
}

function prepare(pushed: Pushed, { path, spec }: PlannedFile, content: Uint8Array): void {
  fs.mkdirSync(dirname(path), { recursive: true, mode: folderMode(spec.mode) })
  fs.rmSync(pushed.draft, { force: true })
  pushed.identities.push(writeNew(pushed.draft, content, spec.mode))
}

/** Others may enter the folder that may read the file. */
function folderMode(mode: number): number {
  if ((mode & 0o007) !== 0) return 0o755
  return (mode & 0o070) === 0 ? 0o700 : 0o750
}

function put(pushed: Pushed, overwrite: boolean): void {
  const { path, draft, original } = pushed
  if (pushed.isInPlace) {
    fs.renameSync(draft, path)
    return
  }
  const before = fs.lstatSync(path, { throwIfNoEntry: false })
  if (before?.isDirectory() === true) {
    throw new Failure('configuration', `cannot write ${quoted(path)}: it is a folder`)
  }
  if (before !== undefined && overwrite) fs.renameSync(path, original)
  takeName(draft, path)
  pushed.isInPlace = true
}

/** Gives the draft its name if nothing has that name. */
function takeName(draft: string, path: string): void {
  try {
    fs.linkSync(draft, path)
    fs.unlinkSync(draft)
  } catch (error) {
    if (existsAt(path)) throw alreadyThere(path)
    if (!(error instanceof Error && 'code' in error)) throw error
    // A file system without hard links, where it can only be looked whether the name is free.
    fs.renameSync(draft, path)
  }
}
