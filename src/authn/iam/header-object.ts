import { parseStrictObject, type JsonObject } from '#authn/jwt/strict-json.ts'
import { refused } from './refusal.ts'

const MAX_BODY_BYTES = 64 * 1024

const NAME = /^[\w-]{1,64}$/

/** Visible ASCII, with spaces between: nothing that could end a line, or look like another host. */
const VALUE = /^[!-~](?:[ -~]*[!-~])?$/

/**
 * The headers that a body holds, as a JSON object of texts, by their names in lower case. Throws `unauthorized` for anything else, and for a name
 * that is there twice in whatever spelling: each reader could mean another one. What the body holds is quoted nowhere.
 */
export function headersIn(body: Uint8Array): ReadonlyMap<string, string> {
  if (body.byteLength > MAX_BODY_BYTES) throw malformed('is larger than 64 KiB')
  const headers = new Map<string, string>()
  for (const [given, value] of Object.entries(objectIn(body))) {
    const name = given.toLowerCase()
    if (!NAME.test(given)) throw malformed('has a name that is none of a header')
    if (headers.has(name)) throw malformed('has a header twice')
    if (typeof value !== 'string' || !VALUE.test(value)) {
      throw malformed('has a value that is none of a header')
    }
    headers.set(name, value)
  }
  return headers
}

function objectIn(body: Uint8Array): JsonObject {
  try {
    return parseStrictObject(body)
  } catch {
    // The parser's error quotes the body.
    throw malformed('is not a JSON object')
  }
}

const malformed = (how: string): Error => refused(`CONJ00018E The body of signed headers ${how}`)
