import { Failure, quoted } from '#lib/failure.ts'
import type { Document, Node } from 'yaml'
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { substitute } from './substitution.ts'
import { parseTag } from './tag.ts'

/** One environment variable of the child, and where its value comes from. */
export interface SecretEntry {
  /** The name of the environment variable. */
  readonly key: string
  readonly from:
    | { readonly kind: 'literal'; readonly text: string }
    | { readonly kind: 'variable'; readonly id: string }
  /** Whether the child gets the path of a file with the value. */
  readonly toFile: boolean
  /** What stands for an empty value. */
  readonly fallback?: string
}

/** What the command line says of how a file is to be read. */
export interface Reading {
  /** Where the text comes from, for messages. */
  readonly where: string
  /** The section to read; absent when the file has none. */
  readonly environment?: string
  readonly substitutions: ReadonlyMap<string, string>
}

type Members = readonly { readonly key: string; readonly value: Node | null }[]

/**
 * Reads a secrets file (reference/broker-run-cli.md C.3). Scalars keep the text that the source has: `010`, `1.0` and `yes`
 * reach the child as they are. Throws `configuration` for ill-formed YAML, an unknown tag, a key given twice, a name that
 * is not defined or a section that is not there.
 */
export function parseSecrets(text: string, reading: Reading): readonly SecretEntry[] {
  try {
    const members = membersOf(mustParse(text).contents)
    const entries =
      reading.environment === undefined ? members : section(members, reading.environment)
    return entries.map(({ key, value }) => entryOf(key, value, reading.substitutions))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const message = `Unable to parse configuration from ${reading.where}: ${error.message}`
    throw new Failure(error.code, message, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}

function mustParse(text: string): Document.Parsed {
  const lines = new LineCounter()
  // The failsafe schema makes text of every scalar; pretty errors would quote the file, which may hold secrets.
  const document = parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
  })
  const fault = document.errors[0]
  if (fault === undefined) return document
  const { line, col } = lines.linePos(fault.pos[0])
  const reason = fault.code === 'DUPLICATE_KEY' ? 'a key is given twice' : 'not valid YAML'
  throw new Failure('configuration', `${reason} at line ${line}, column ${col}`, { cause: fault })
}

function membersOf(node: Node | null): Members {
  if (node === null || isEmpty(node)) return []
  if (!isMap(node)) throw new Failure('configuration', 'invalid YAML structure: expected mapping')
  return node.items.map(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : ''
    if (name === 'summon.files') {
      throw new Failure('configuration', '`summon.files` is not supported yet', {
        hint: 'use `!var:file` to give the child the path of a file',
      })
    }
    return { key: mustBeName(name), value: isNode(value) ? value : null }
  })
}

function mustBeName(key: string): string {
  if (key === '' || /[=\0]/.test(key)) {
    throw new Failure('configuration', `${quoted(key)} is not the name of an environment variable`)
  }
  return key
}

/** A section with nothing in it, or a file: YAML has an empty scalar there. */
const isEmpty = (node: Node): boolean =>
  isScalar(node) && node.value === '' && node.tag === undefined && node.type === 'PLAIN'

/** The members of `environment`, over those of `common`, or of `default` where there is no `common`. */
function section(members: Members, environment: string): Members {
  const isSectioned = members.every(({ value }) => value === null || isMap(value) || isEmpty(value))
  const named = members.find(({ key }) => key === environment)
  if (!isSectioned || named === undefined) {
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

function entryOf(
  key: string,
  value: Node | null,
  substitutions: ReadonlyMap<string, string>,
): SecretEntry {
  if (isMap(value)) {
    throw new Failure(
      'configuration',
      'environment sections exist in file config but no environment specified',
      { hint: `name one with -e, for example -e ${key}` },
    )
  }
  if (!isScalar(value)) {
    throw new Failure('configuration', `the value of ${quoted(key)} is not a plain value`, {
      hint: 'lists and aliases are not supported',
    })
  }
  const { isVariable, toFile, fallback } = value.tag === undefined ? UNTAGGED : parseTag(value.tag)
  const text = substitute(String(value.value), substitutions)
  return {
    key,
    from: isVariable ? { kind: 'variable', id: text } : { kind: 'literal', text },
    toFile,
    ...(fallback === undefined ? {} : { fallback }),
  }
}

const UNTAGGED: ReturnType<typeof parseTag> = { isVariable: false, toFile: false }
