import { Failure } from '#lib/failure.ts'
import type { FailureCode } from '#lib/failure.ts'
import { InDoubt } from '#lib/in-doubt.ts'
import { empty, json, text, withHeader } from './answer.ts'
import type { Answer } from './answer.ts'
import { v2Json } from './v2.ts'
import type { Family } from './v2.ts'

/** Codes that answer with their status and nothing else (reference/conjur-api.md 1.3). */
const SILENT: ReadonlySet<FailureCode> = new Set(['bad_request', 'unauthorized', 'forbidden'])

/** Codes of the token gate, which speaks plain text (reference/conjur-api.md 1.2). */
const PLAIN: ReadonlySet<FailureCode> = new Set(['token_invalid', 'address_rejected'])

/** Codes that the v2 API tells the reason of, although it tells none of other refusals of their status. */
const FACTORS: ReadonlySet<FailureCode> = new Set(['mfa_required', 'mfa_refused'])

/** Where the code on the wire is not our own word for it. */
const WIRE_CODE: Partial<Record<FailureCode, string>> = {
  malformed: 'bad_request',
  credential_weak: 'unauthorized',
  token_expired: 'unauthorized',
}

/**
 * The answer of an error in one of the two families: the one place of the server where an error becomes an answer. A failure shows its
 * message; a bug shows nothing but the id of the request, which its log line carries.
 */
export function failureAnswer(error: unknown, request: string, family: Family = 'v1'): Answer {
  const failure = expected(error)
  const answer = (family === 'v1' ? v1Answer : v2Answer)(failure, request)
  const wait = secondsToWait(error, answer.status)
  if (wait !== undefined) return withHeader(answer, 'Retry-After', String(wait))
  const age = failure?.code === 'mfa_required' ? failure.wire['max_age'] : undefined
  return typeof age === 'number' ? withHeader(answer, 'WWW-Authenticate', stepUp(age)) : answer
}

/** The challenge of RFC 9470 section 3; the status stays 403, because clients of the family answer 401 with a new login. */
const stepUp = (age: number): string =>
  `Bearer error="insufficient_user_authentication", max_age=${age}`

const UNAVAILABLE = 503

/** When to come again: for what was surely not carried out, and for who is locked out. */
function secondsToWait(error: unknown, status: number): number | undefined {
  if (status === UNAVAILABLE) return error instanceof InDoubt ? undefined : 1
  const isLocked = error instanceof Failure && error.code === 'mfa_locked'
  const wait = isLocked ? error.wire['retry_after'] : undefined
  return typeof wait === 'number' ? wait : undefined
}

/** Failures that clients are told of; of all others they learn that the server failed. */
function expected(error: unknown): Failure | undefined {
  if (!(error instanceof Failure)) return undefined
  const { code, status } = error
  return status < 500 || code === 'unavailable' || code === 'not_implemented' ? error : undefined
}

/** Reference/conjur-api.md 1.3. */
function v1Answer(failure: Failure | undefined, request: string): Answer {
  if (failure === undefined) {
    return json(500, { error: { code: 'internal_error', message: seeLog(request) } })
  }
  const { code, message, status, wire } = failure
  if (SILENT.has(code)) return empty(status)
  if (PLAIN.has(code)) return text(status, message)
  return json(status, { error: { code: WIRE_CODE[code] ?? code, message, ...wire } })
}

/** Reference/conjur-api.md 1.4: the code is the status, as a text; who may not is told nothing more, unless a second factor would help. */
function v2Answer(failure: Failure | undefined, request: string): Answer {
  if (failure === undefined) return v2Json(500, { code: '500', message: seeLog(request) })
  const { code, status, message } = failure
  if (!FACTORS.has(code) && (status === 401 || status === 403)) return empty(status)
  return v2Json(status, { code: String(status), message })
}

const seeLog = (request: string): string => `see the server's log for ${request}`
