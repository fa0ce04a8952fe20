import * as fs from 'node:fs'
import { join } from 'node:path'
import { identityOf } from './new-file.ts'

/** What must be undone for a file of `summon.files`. */
export interface PushedRecord {
  readonly path: string
  /** Where the content is before it gets its name. */
  readonly draft: string
  /** Where the file is kept that was at `path` before. */
  readonly original: string
  /** The files of ours that are or have been at `path`. */
  readonly identities: readonly string[]
}

/** The name of the journal in the folder of a run. */
export const JOURNAL = 'pushed.json'

/** The text of a journal. It is in place before the first of its files is touched. */
export const journalText = (records: readonly PushedRecord[]): string => JSON.stringify(records)

/** Undoes what the journal in `folder`, if there is one, says of a run that was killed. A file that somebody else has put in place since stays. */
export function sweepPushedFiles(folder: string): void {
  const journal = join(folder, JOURNAL)
  if (!fs.existsSync(journal)) return
  const records: unknown = JSON.parse(fs.readFileSync(journal, 'utf8'))
  for (const record of Array.isArray(records) ? records.filter(isRecord) : []) {
    undo(record, hasIdentity(record))
  }
}

/** Removes the file if it is ours, and puts back what was there before if its place is free. */
export function undo({ path, draft, original }: PushedRecord, isOurs: boolean): void {
  fs.rmSync(draft, { force: true })
  if (isOurs) fs.rmSync(path, { force: true })
  if (existsAt(original) && !existsAt(path)) fs.renameSync(original, path)
}

/** Whether there is something at `path`, be it a link that leads nowhere. */
export const existsAt = (path: string): boolean =>
  fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined

function hasIdentity({ path, identities }: PushedRecord): boolean {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false, bigint: true })
  return stat !== undefined && identities.includes(identityOf(stat))
}

const isRecord = (value: unknown): value is PushedRecord =>
  typeof value === 'object' &&
  value !== null &&
  ['path', 'draft', 'original'].every((name) => typeof Reflect.get(value, name) === 'string') &&
  Array.isArray(Reflect.get(value, 'identities'))
