import type { Node } from 'yaml'
import { isMap, isScalar } from 'yaml'
import { Failure, quoted } from '#lib/failure.ts'
import type { FileSpec } from './file-spec.ts'
import { readFileSpecs } from './file-spec.ts'
import type { SecretEntry } from './secret-entry.ts'
import type { Members } from './secrets-yaml.ts'
import { isNothing, membersOf, parseMembers, textOf } from './secrets-yaml.ts'
import { substitute } from './substitution.ts'
import { parseTag } from './tag.ts'

/** What a secrets file asks for: variables of the child's environment, and files. */
export interface SecretsSpec {
  readonly entries: readonly SecretEntry[]
  readonly files: readonly FileSpec[]
}

/** What the command line says of how a file is to be read. */
export interface Reading {
  /** Where the text comes from, for messages. */
  readonly where: string
  /** The section to read; absent when the file has none. */
  readonly environment?: string
  readonly substitutions: ReadonlyMap<string, string>
}

/** The key under which files are listed; all others are variables or sections. */
const FILES = 'summon.files'

/**
 * Reads a secrets file (reference/broker-run-cli.md C.3). Scalars keep the text that the source has: `010`, `1.0` and `yes`
 * reach the child as they are. Throws `configuration` for ill-formed YAML, an unknown tag, a key given twice, a name that
 * is not defined or a section that is not there.
 */
export function parseSecrets(text: string, reading: Reading): SecretsSpec {
  try {
    const members = parseMembers(text)
    const listed = members.find(({ key }) => key === FILES)
    const rest = members.filter((member) => member !== listed)
    const files = readFileSpecs(listed?.value ?? null, (aliases) =>
      isSectioned(aliases)
        ? entriesOf(sectionOf(aliases, reading), reading)
        : entriesOf(aliases, reading),
    )
    return { entries: variablesOf(rest, files, reading), files }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const message = `Unable to parse configuration from ${reading.where}: ${error.message}`
    throw new Failure(error.code, message, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}

/** A file with nothing but files needs no section, whatever the command line says. */
function variablesOf(
  members: Members,
  files: readonly FileSpec[],
  reading: Reading,
): readonly SecretEntry[] {
  const hasFilesAlone = members.length === 0 && files.length > 0
  const isPlain = reading.environment === undefined || hasFilesAlone
  const entries = entriesOf(isPlain ? members : sectionOf(members, reading), reading)
  for (const { key } of entries) {
    if (key === '' || /[=\0]/.test(key)) {
      throw new Failure(
        'configuration',
        `${quoted(key)} is not the name of an environment variable`,
      )
    }
  }
  return entries
}

const isSectioned = (members: Members): boolean =>
  members.length > 0 &&
  members.every(({ value }) => isMap(value) || isNothing(value)) &&
  members.some(({ value }) => isMap(value))

/** The members of the section that is asked for, over those of `common`, or of `default` where there is no `common`. */
function sectionOf(members: Members, { environment }: Reading): Members {
  if (environment === undefined) throw sectionMissing(members[0]?.key ?? '')
  const isWhole = members.every(({ value }) => isMap(value) || isNothing(value))
  const named = members.find(({ key }) => key === environment)
  if (!isWhole || named === undefined) {
    throw new Failure(
      'configuration',
      `No such environment ${quoted(environment)} found in secrets file`,
    )
  }
  const shared =
    members.find(({ key }) => key === 'common') ?? members.find(({ key }) => key === 'default')
  const merged = new Map<string, Members[number]>()
  for (const member of [...membersOf(shared?.value ?? null), ...membersOf(named.value)]) {
    merged.set(member.key, member)
  }
  return [...merged.values()]
}

const sectionMissing = (example: string): Failure =>
  new Failure(
    'configuration',
    'environment sections exist in file config but no environment specified',
    { hint: `name one with -e, for example -e ${example}` },
  )

const entriesOf = (members: Members, { substitutions }: Reading): readonly SecretEntry[] =>
  members.map(({ key, value }) => entryOf(key, value, substitutions))

function entryOf(
  key: string,
  value: Node | null,
  substitutions: ReadonlyMap<string, string>,
): SecretEntry {
  if (isMap(value)) throw sectionMissing(key)
  const source = textOf(key, value)
  const tag = isScalar(value) ? value.tag : undefined
  const { isVariable, toFile, fallback } = tag === undefined ? UNTAGGED : parseTag(tag)
  const text = substitute(source, substitutions)
  return {
    key,
    from: isVariable ? { kind: 'variable', id: text } : { kind: 'literal', text },
    toFile,
    ...(fallback === undefined ? {} : { fallback }),
  }
}

const UNTAGGED: ReturnType<typeof parseTag> = { isVariable: false, toFile: false }
