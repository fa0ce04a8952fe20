import { Failure } from '#lib/failure.ts'

/** What a body of JSON says; an empty body is an empty object. Throws `bad_request`, without quoting it, when it is not JSON. */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // The error quotes the body, and what is a cause gets into the log.
    throw new Failure('bad_request', 'the body is not JSON')
  }
}

/** Whether a JSON value is an object, and no list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
