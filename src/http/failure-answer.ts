import { Failure } from '#lib/failure.ts'
import type { FailureCode } from '#lib/failure.ts'
import { empty, json, text, withHeader } from './answer.ts'
import type { Answer } from './answer.ts'

/** Codes that answer with their status and nothing else (reference/conjur-api.md 1.3). */
const SILENT: ReadonlySet<FailureCode> = new Set(['unauthorized', 'forbidden'])

/** Codes of the token gate, which speaks plain text (reference/conjur-api.md 1.2). */
const PLAIN: ReadonlySet<FailureCode> = new Set(['token_invalid', 'address_rejected'])

/** Where the code on the wire is not our own word for it. */
const WIRE_CODE: Partial<Record<FailureCode, string>> = {
  credential_weak: 'unauthorized',
  token_expired: 'unauthorized',
}

/**
 * The v1 answer of an error (reference/conjur-api.md 1.3): the one place of the server where an error becomes an answer. A failure
 * shows its message; a bug shows nothing but the id of the request, which its log line carries.
 */
export function failureAnswer(error: unknown, request: string): Answer {
  if (!(error instanceof Failure)) return bugAnswer(request)
  const { code, message, status, wire } = error
  if (status >= 500 && code !== 'unavailable' && code !== 'not_implemented')
    return bugAnswer(request)
  if (SILENT.has(code)) return empty(status)
  if (PLAIN.has(code)) return text(status, message)
  const answer = json(status, { error: { code: WIRE_CODE[code] ?? code, message, ...wire } })
  return code === 'unavailable' ? withHeader(answer, 'Retry-After', '1') : answer
}

const bugAnswer = (request: string): Answer =>
  json(500, { error: { code: 'internal_error', message: `see the server's log for ${request}` } })
