import type { Node } from 'yaml'
import { isSeq, isNode } from 'yaml'
import { Failure, quoted } from '#lib/failure.ts'
import type { FileFormat } from './file-formats.ts'
import { fileFormat } from './file-formats.ts'
import type { SecretEntry } from './secret-entry.ts'
import type { Members } from './secrets-yaml.ts'
import { isNothing, membersOf, textOf } from './secrets-yaml.ts'

/** A file that the child finds, with several secrets in it. */
export interface FileSpec {
  readonly path: string
  readonly format: FileFormat
  /** The text with the places for secrets; it overrides the format. */
  readonly template?: string
  /** Permission bits. */
  readonly mode: number
  /** Whether a file may be there already; it is put back in the end. */
  readonly overwrite: boolean
  readonly entries: readonly SecretEntry[]
}

const MEMBERS = ['path', 'format', 'template', 'permissions', 'overwrite', 'secrets']

const PRIVATE = 0o600

/**
 * Reads the list `summon.files` (reference/broker-run-cli.md C.3.1); `read` makes entries of the members of a mapping of secrets. Throws
 * `configuration` for a list that is none, a member that is unknown and a value that its member cannot have.
 */
export function readFileSpecs(
  node: Node | null,
  read: (aliases: Members) => readonly SecretEntry[],
): readonly FileSpec[] {
  if (isNothing(node)) return []
  if (!isSeq(node)) throw new Failure('configuration', 'summon.files must be a sequence')
  return node.items.map((item) => fileSpec(membersOf(isNode(item) ? item : null), read))
}

function fileSpec(members: Members, read: (aliases: Members) => readonly SecretEntry[]): FileSpec {
  mustKnowAll(members)
  const path = mustNameFile(memberText(members, 'path') ?? '')
  const entries = read(membersOf(members.find(({ key }) => key === 'secrets')?.value ?? null))
  if (entries.length === 0) {
    throw new Failure('configuration', `no secrets defined for the file ${quoted(path)}`)
  }
  return {
    path,
    ...formatOf(members, path),
    mode: permissions(memberText(members, 'permissions')),
    overwrite: truth(memberText(members, 'overwrite') ?? 'false'),
    entries,
  }
}

function memberText(members: Members, name: string): string | undefined {
  const member = members.find(({ key }) => key === name)
  return member === undefined ? undefined : textOf(name, member.value)
}

function formatOf(members: Members, path: string): Pick<FileSpec, 'format' | 'template'> {
  const template = memberText(members, 'template')
  const named = memberText(members, 'format')
  if (template !== undefined) return { format: fileFormat(named ?? 'template'), template }
  const format = fileFormat(named ?? 'yaml')
  if (format !== 'template') return { format }
  throw new Failure('configuration', `the file ${quoted(path)} has no template`)
}

function mustKnowAll(members: Members): void {
  const stranger = members.find(({ key }) => !MEMBERS.includes(key))
  if (stranger === undefined) return
  throw new Failure('configuration', `a file of summon.files has no ${quoted(stranger.key)}`, {
    hint: `it has ${MEMBERS.join(', ')}`,
  })
}

function mustNameFile(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isFile = !['', '.', '..'].includes(name) && !path.includes('\0')
  if (isFile && Buffer.byteLength(name) <= 255) return path
  const problem = isFile ? 'is too long' : 'must contain a filename'
  throw new Failure('configuration', `provided filepath ${quoted(path)} ${problem}`)
}

/** Octal, as it is written in the source, with or without the zero in front. */
function permissions(text: string | undefined): number {
  if (text === undefined) return PRIVATE
  const [, digits] = /^(?:0o?)?([0-7]{3})$/.exec(text) ?? []
  if (digits !== undefined) return Number.parseInt(digits, 8)
  throw new Failure('configuration', `${quoted(text)} are no permissions`, {
    hint: 'write them as in 0640',
  })
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
}

function truth(text: string): boolean {
  const word = text.toLowerCase()
  const value = Object.hasOwn(TRUTHS, word) ? TRUTHS[word] : undefined
  if (value !== undefined) return value
  throw new Failure('configuration', `${quoted(text)} is neither true nor false`)
}
