import { Failure, quoted } from '#lib/failure.ts'
import type { SecretEntry } from './secrets-file.ts'

/** What the child's environment is made of. */
export interface EnvironmentParts {
  readonly inherited: Readonly<Record<string, string | undefined>>
  readonly entries: readonly SecretEntry[]
  readonly values: ReadonlyMap<string, Buffer>
  /** The section that was read; the child finds its name in `SUMMON_ENV`. */
  readonly section: string | undefined
  /** Puts a value into a file and returns its path. */
  readonly write: (value: Uint8Array) => string
}

/**
 * The environment of the child: the inherited one, over it the values of the entries. Throws `configuration` for a value that
 * no environment variable can hold, before any file is written.
 */
export function childEnvironment(parts: EnvironmentParts): Record<string, string | undefined> {
  const { inherited, entries, values, section, write } = parts
  const present = entries.flatMap(({ key, toFile }) => {
    const value = values.get(key)
    return value === undefined ? [] : [{ key, value, toFile }]
  })
  const texts = present
    .filter(({ toFile }) => !toFile)
    .map(({ key, value }) => [key, mustBeText(key, value)] as const)
  const paths = present
    .filter(({ toFile }) => toFile)
    .map(({ key, value }) => [key, write(value)] as const)
  return {
    ...inherited,
    ...Object.fromEntries([...texts, ...paths]),
    ...(section === undefined ? {} : { SUMMON_ENV: section }),
  }
}

function mustBeText(key: string, value: Buffer): string {
  const text = value.toString()
  // A byte that is not UTF-8 would reach the child as another one.
  if (value.includes(0) || !Buffer.from(text).equals(value)) {
    throw new Failure(
      'configuration',
      `the value for ${quoted(key)} is binary, which no environment variable can hold`,
      { hint: `give the child a file instead: ${key}: !var:file ID` },
    )
  }
  return text
}
