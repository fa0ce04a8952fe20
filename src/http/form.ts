import { isObject, parseJsonBody } from './json-body.ts'

/** What one parameter holds: plain values, and members with names of their own. */
export interface Field {
  readonly values: readonly string[]
  readonly members: ReadonlyMap<string, string>
}

/** Parameters by name. */
export type Fields = ReadonlyMap<string, Field>

/** `name`, `name[]` or `name[member]`; anything else is a name as it is. */
const NESTED = /^(?<name>[^[\]]+)\[(?<member>[^[\]]*)\]$/

/**
 * The fields of a form or a query: `name=value`, `name[]=value` as often as there are values, `name[member]=value` for each member. A name that
 * stands twice without brackets has its last value.
 */
export function formFields(form: URLSearchParams): Fields {
  const fields = new Map<string, Draft>()
  for (const [key, value] of form) {
    const { name = key, member } = NESTED.exec(key)?.groups ?? {}
    const field: Draft = fields.get(name) ?? { values: [], members: new Map() }
    fields.set(name, field)
    if (member === undefined) field.values = [value]
    else if (member === '') field.values.push(value)
    else field.members.set(member, value)
  }
  return fields
}

/** A field that is being read. */
interface Draft extends Field {
  values: string[]
  readonly members: Map<string, string>
}

/**
 * The fields of a JSON object: texts, numbers and truth values, lists of them, and objects of them one level deep. Whatever else there is
 * has no value. Throws `bad_request` for malformed JSON; an empty body has no fields.
 */
export function jsonFields(body: Buffer): Fields {
  const object = parseJsonBody(body)
  if (!isObject(object)) return new Map()
  return new Map(Object.entries(object).map(([name, value]) => [name, fieldOf(value)]))
}

function fieldOf(value: unknown): Field {
  if (!isObject(value)) {
    return { values: (Array.isArray(value) ? value : [value]).flatMap(textsOf), members: new Map() }
  }
  const members = Object.entries(value).flatMap(([name, member]) =>
    textsOf(member).map((text): [string, string] => [name, text]),
  )
  return { values: [], members: new Map(members) }
}

const textsOf = (value: unknown): readonly string[] =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? [String(value)]
    : []
