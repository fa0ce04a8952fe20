import { Failure, quoted } from '#lib/failure.ts'
import type { SecretEntry } from './secrets-file.ts'

/**
 * Looks variables up: for each id its value, or why it has none. What concerns all of them, such as a server that does not
 * answer, is thrown.
 */
export type Resolve = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer | Failure>>

/** Which entries may be without a value. */
export interface Ignoring {
  readonly ignored: ReadonlySet<string>
  readonly ignoreAll: boolean
}

/** The values of entries by key, and the failures that were ignored. */
export interface Values {
  readonly values: ReadonlyMap<string, Buffer>
  readonly ignored: readonly Failure[]
}

/**
 * The values of all entries, looked up together; `resolve` is not called when all are literals. Throws one failure that names
 * every entry without a value, under the code of the first, unless it may be ignored: then its key is left out.
 */
export async function fetchValues(
  entries: readonly SecretEntry[],
  resolve: Resolve,
  ignoring: Ignoring,
): Promise<Values> {
  const ids = entries.flatMap(({ from }) => (from.kind === 'variable' ? [from.id] : []))
  const found = ids.length === 0 ? new Map<string, never>() : await resolve([...new Set(ids)])
  const values = new Map<string, Buffer>()
  const failures: { readonly key: string; readonly failure: Failure }[] = []
  for (const entry of entries) {
    const outcome = valueOf(entry, found)
    if (outcome instanceof Failure) failures.push({ key: entry.key, failure: outcome })
    else values.set(entry.key, outcome)
  }
  const mayLack = (key: string): boolean => ignoring.ignoreAll || ignoring.ignored.has(key)
  const fatal = failures.filter(({ key }) => !mayLack(key)).map(({ failure }) => failure)
  if (fatal[0] !== undefined) throw together(fatal[0], fatal)
  return { values, ignored: failures.map(({ failure }) => failure) }
}

function valueOf(
  { key, from, fallback = '' }: SecretEntry,
  found: ReadonlyMap<string, Buffer | Failure>,
): Buffer | Failure {
  if (from.kind === 'literal') return Buffer.from(from.text === '' ? fallback : from.text)
  const outcome = found.get(from.id) ?? new Failure('not_found', 'no answer')
  if (outcome instanceof Failure) {
    const message = `Error fetching secret: ${quoted(from.id)} for ${quoted(key)}: ${outcome.message}`
    return new Failure(outcome.code, message, { cause: outcome })
  }
  return outcome.length === 0 ? Buffer.from(fallback) : outcome
}

const together = (first: Failure, all: readonly Failure[]): Failure =>
  new Failure(first.code, all.map(({ message }) => message).join('\n'), { cause: first })
