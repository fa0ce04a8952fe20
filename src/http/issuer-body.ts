import type { IssuerUpdate, NewIssuer } from '#app/change-issuers.ts'
import { ISSUER_NAME } from '#app/issuer-policy.ts'
import type { IssuerView } from '#app/issuers.ts'
import { Failure } from '#lib/failure.ts'
import type { Call } from './call.ts'
import { memberOf, objectIn, readObject, unexpectedIn } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { printTime } from './print-resource.ts'

// What clients say of issuers and are told of them (reference/conjur-api.md 1.11). No complaint repeats what stands in `data`.

const COMPLAINTS = {
  missing: 'the body is missing',
  empty: 'the body is empty',
  malformed: 'the body is not a JSON object',
} as const

/** The bounds of what an issuer may allow, in seconds. */
const MIN_TTL = 900
const MAX_TTL = 43_200

const MAX_NAME = 60

/** The issuer that a body describes; throws `malformed` with the words of the Conjur API when it describes none. */
export async function readNewIssuer(call: Call): Promise<NewIssuer> {
  const body = await readObject(call, COMPLAINTS)
  const type = memberOf(body, 'type')
  if (typeof type !== 'string') throw bad('issuer type is unsupported')
  const id = nameIn(body)
  const maxTtl = ttlIn(body)
  if (maxTtl === undefined) throw required('max_ttl')
  const data = dataIn(body)
  if (data === undefined) throw required('data')
  if (unexpectedIn(body, ['id', 'type', 'max_ttl', 'data']).length > 0) {
    throw bad(
      'invalid parameter received in the request body. Only id, type, max_ttl and data are allowed',
    )
  }
  return { id, type, maxTtl, data }
}

/** What a body changes of an issuer; throws like {@link readNewIssuer}. */
export async function readIssuerUpdate(call: Call): Promise<IssuerUpdate> {
  const body = await readObject(call, COMPLAINTS)
  const maxTtl = ttlIn(body)
  const data = dataIn(body)
  if (unexpectedIn(body, ['max_ttl', 'data']).length > 0) {
    throw bad('invalid parameter received in the request body. Only max_ttl and data are allowed')
  }
  return {
    ...(maxTtl === undefined ? {} : { maxTtl }),
    ...(data === undefined ? {} : { data }),
  }
}

const bad = (message: string): Failure => new Failure('malformed', message)

const required = (name: string): Failure =>
  bad(`${name} is a required parameter and must be specified`)

function nameIn(body: JsonObject): string {
  const name = memberOf(body, 'id')
  if (name === undefined || name === '') throw required('id')
  if (typeof name !== 'string') throw bad("the 'id' parameter must be a string")
  if (ISSUER_NAME.test(name)) return name
  throw bad(
    name.length > MAX_NAME
      ? `'id' parameter length exceeded. Limit the length to ${MAX_NAME} characters`
      : "invalid 'id' parameter. Only the following characters are supported: A-Z, a-z, 0-9, +, -, and _",
  )
}

function ttlIn(body: JsonObject): number | undefined {
  const ttl = memberOf(body, 'max_ttl')
  if (ttl === undefined) return undefined
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl <= 0) {
    throw bad("the 'max_ttl' parameter must be a positive integer")
  }
  if (ttl < MIN_TTL || ttl > MAX_TTL) {
    throw bad(`the 'max_ttl' parameter must be a between ${MIN_TTL} and ${MAX_TTL}`)
  }
  return ttl
}

function dataIn(body: JsonObject): JsonObject | undefined {
  const data = memberOf(body, 'data')
  if (data === undefined) return undefined
  const members = objectIn(data)
  if (members !== undefined) return members
  throw bad(
    "'data' is not a valid JSON object; ensure that 'data' is properly formatted as a JSON object.",
  )
}

/** The JSON of an issuer. */
export const printIssuer = (view: IssuerView): Readonly<Record<string, unknown>> => ({
  id: view.id,
  account: view.account,
  max_ttl: view.maxTtl,
  type: view.type,
  data: Object.fromEntries(view.data),
  created_at: printTime(view.createdAt),
  modified_at: printTime(view.modifiedAt),
})
