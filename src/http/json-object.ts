import { Failure } from '#lib/failure.ts'
import type { Call } from './call.ts'

/** The members of a JSON object; a map, in which no name means anything to the language. */
export type JsonObject = ReadonlyMap<string, unknown>

/** What a body is refused with. */
export interface BodyComplaints {
  /** For no body at all. */
  readonly missing: string
  /** For an object without members. */
  readonly empty: string
  readonly malformed: string
}

/** The object that is the body of a request, whatever its type says; throws `bad_request` for anything else and for an empty one. */
export async function readObject(call: Call, complaints: BodyComplaints): Promise<JsonObject> {
  const text = (await call.body()).toString('utf8')
  if (text.trim() === '') throw new Failure('bad_request', complaints.missing)
  const object = objectIn(parsed(text, complaints))
  if (object === undefined) throw new Failure('bad_request', complaints.malformed)
  if (object.size === 0) throw new Failure('bad_request', complaints.empty)
  return object
}

function parsed(text: string, { malformed }: BodyComplaints): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the parser says quotes the body, which may hold secrets.
    throw new Failure('bad_request', malformed)
  }
}

/** The members of a value that is an object; `undefined` for any other. */
export const objectIn = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined

/** The member of a name; `undefined` when it is absent or null. */
export const memberOf = (object: JsonObject, name: string): unknown => object.get(name) ?? undefined

/** The names of members that are not among these. */
export const unexpectedIn = (object: JsonObject, names: readonly string[]): readonly string[] =>
  Array.from(object.keys(), shown).filter((name) => !names.includes(name))

/** The failure for something that the v2 API does not take. */
export const invalid = (message: string): Failure => new Failure('unprocessable_entity', message)

/** The failure for parameters that are not there. */
export const missing = (...names: readonly string[]): Failure =>
  invalid(`CONJ00190W Missing required parameter: ${names.join(', ')}`)

/** The failure for a parameter of another type. */
export const wrongType = (name: string, type: string): Failure =>
  invalid(`CONJ00192W The '${shown(name)}' parameter must be of 'type=${type}'`)

/** The text of a member; `undefined` when it is absent or null. Throws {@link wrongType} for anything else. */
export function textIn(object: JsonObject, name: string): string | undefined {
  const value = memberOf(object, name)
  if (value === undefined || typeof value === 'string') return value
  throw wrongType(name, 'string')
}

/** The object of a member, like {@link textIn}. */
export function innerObject(object: JsonObject, name: string): JsonObject | undefined {
  const value = memberOf(object, name)
  if (value === undefined) return undefined
  const inner = objectIn(value)
  if (inner === undefined) throw wrongType(name, 'object')
  return inner
}

/** What a client wrote, as it may stand in a message: cut, and without control characters. */
export const shown = (text: string): string =>
  (text.length > 80 ? `${text.slice(0, 79)}…` : text).replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    '�',
  )
