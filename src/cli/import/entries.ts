import { Failure, quoted } from '#lib/failure.ts'

/** A value that is to be set, and the identifier of its variable below the branch of the import. */
export interface ImportEntry {
  readonly id: string
  readonly value: Buffer
}

/** The most values of one import. */
const MAX_ENTRIES = 10_000

/** The longest identifier, in characters; the server has the same bound, the branch included. */
const MAX_ID = 900

/**
 * The entries when all of them can be variables. Throws `usage` for an identifier that cannot be that of a variable and for one that
 * stands twice, `too_large` for more than 10,000. Nothing of a value is ever told.
 */
export function checkedEntries(entries: readonly ImportEntry[]): readonly ImportEntry[] {
  if (entries.length > MAX_ENTRIES) {
    throw new Failure('too_large', `more than ${MAX_ENTRIES} values cannot be imported at once`)
  }
  const seen = new Set<string>()
  for (const { id } of entries) {
    if (!isIdentifier(id)) {
      throw new Failure('usage', `${quoted(id)} cannot be the name of a variable`)
    }
    if (seen.has(id)) throw new Failure('usage', `${quoted(id)} stands twice in the file`)
    seen.add(id)
  }
  return entries
}

const isIdentifier = (id: string): boolean =>
  id.length <= MAX_ID &&
  id.isWellFormed() &&
  !/\p{Cc}/u.test(id) &&
  id.split('/').every((segment) => !['', '.', '..'].includes(segment))
