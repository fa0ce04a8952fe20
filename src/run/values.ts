import { Failure, quoted } from '#lib/failure.ts'
import type { SecretEntry } from './secret-entry.ts'

/**
 * Looks variables up: for each id its value, or why it has none. What concerns all of them, such as a server that does not
 * answer, is thrown.
 */
export type Resolve = (ids: readonly string[]) => Promise<ReadonlyMap<string, Buffer | Failure>>

/** Which entries may be without a value: by key, or by the id of the variable. */
export interface Ignoring {
  readonly ignored: ReadonlySet<string>
  readonly ignoreAll: boolean
}

/** The value of each entry that has one. */
export type Values = ReadonlyMap<SecretEntry, Buffer>

/** An entry without a value, and why. */
export interface Missing {
  readonly entry: SecretEntry
  readonly failure: Failure
}

/** The values of entries, and those that are ignored although they have none. */
export interface Fetched {
  readonly values: Values
  readonly ignored: readonly Missing[]
}

/**
 * The values of all entries, looked up together; `resolve` is not called when all are literals. Throws one failure that names
 * every entry without a value, under the code of the first, unless it may be ignored: then it is left out.
 */
export async function fetchValues(
  entries: readonly SecretEntry[],
  resolve: Resolve,
  ignoring: Ignoring,
): Promise<Fetched> {
  const ids = entries.flatMap(({ from }) => (from.kind === 'variable' ? [from.id] : []))
  const found = ids.length === 0 ? new Map<string, never>() : await resolve([...new Set(ids)])
  const values = new Map<SecretEntry, Buffer>()
  const missing: Missing[] = []
  for (const entry of entries) {
    const outcome = valueOf(entry, found)
    if (outcome instanceof Failure) missing.push({ entry, failure: outcome })
    else values.set(entry, outcome)
  }
  const fatal = missing.filter(({ entry }) => !mayLack(entry, ignoring))
  if (fatal[0] !== undefined) throw together(fatal[0].failure, fatal)
  return { values, ignored: missing }
}

const mayLack = ({ key, from }: SecretEntry, { ignored, ignoreAll }: Ignoring): boolean =>
  ignoreAll || ignored.has(key) || (from.kind === 'variable' && ignored.has(from.id))

function valueOf(
  { key, from, fallback = '' }: SecretEntry,
  found: ReadonlyMap<string, Buffer | Failure>,
): Buffer | Failure {
  if (from.kind === 'literal') return Buffer.from(from.text === '' ? fallback : from.text)
  const outcome = found.get(from.id) ?? new Failure('not_found', 'no answer')
  if (outcome instanceof Failure) {
    const message = `Error fetching secret: ${quoted(from.id)} for ${quoted(key)}: ${outcome.message}`
    return new Failure(outcome.code, message, { cause: outcome, ...hintOf(outcome) })
  }
  return outcome.length === 0 ? Buffer.from(fallback) : outcome
}

const together = (first: Failure, all: readonly Missing[]): Failure =>
  new Failure(first.code, all.map(({ failure }) => failure.message).join('\n'), {
    cause: first,
    ...hintOf(first),
  })

const hintOf = ({ hint }: Failure): { readonly hint?: string } =>
  hint === undefined ? {} : { hint }
