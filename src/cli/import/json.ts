import { parseJson } from '#client/json.ts'
import { Failure } from '#lib/failure.ts'
import type { ImportEntry } from './entries.ts'

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How deep objects may lie in each other. */
const MAX_DEPTH = 32

/**
 * Values by the identifiers of their variables, as `variable get` shows several: texts, or objects whose members continue the
 * identifier. Whole ids lose their account and kind. Numbers and truth values are their texts, lists their JSON; null is no value. Throws
 * `usage` for anything else.
 */
export const parseValues = (text: string): readonly ImportEntry[] =>
  flattened(mustBeObject(text)).map(({ id, value }) => ({
    id: id.replace(/^[^:/]+:variable:/, ''),
    value,
  }))

/**
 * The members of a secret as `vault kv get -format=json` and the API of Vault show it, of the first and the second version of the KV
 * engine. Throws `usage` when it is none.
 */
export function parseVaultSecret(text: string): readonly ImportEntry[] {
  const data = vaultData(mustBeObject(text))
  if (data === undefined) throw new Failure('usage', 'the file holds no secret of Vault')
  return flattened(data)
}

/** The members of a secret of Vault; `undefined` for what is none. */
export function vaultData(answer: Members): Members | undefined {
  const { data } = { data: undefined, ...answer }
  if (!isMembers(data)) return undefined
  const inner = data['data']
  return isMembers(inner) && isMembers(data['metadata']) ? inner : data
}

/** The object that a JSON text is; `undefined` for anything else. */
export function objectIn(text: string): Members | undefined {
  const value = parseJson(text)
  return isMembers(value) ? value : undefined
}

function mustBeObject(text: string): Members {
  const object = objectIn(text)
  if (object === undefined) throw new Failure('usage', 'the file is not an object of JSON')
  return object
}

function flattened(members: Members, path: readonly string[] = []): readonly ImportEntry[] {
  if (path.length > MAX_DEPTH) throw new Failure('usage', 'the objects lie too deep in each other')
  return Object.entries(members).flatMap(([name, value]) => {
    const below = [...path, name]
    if (isMembers(value)) return flattened(value, below)
    if (value === null) return []
    return [{ id: below.join('/'), value: Buffer.from(textOf(value)) }]
  })
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
