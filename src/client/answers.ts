import { isErrorBody, isV2Error } from '#api/wire.ts'
import type { FailureCode } from '#lib/failure.ts'
import { Failure, failureCodes } from '#lib/failure.ts'
import { parseJson } from './json.ts'
import { printable } from './printable.ts'
import { ServerRefusal } from './server-refusal.ts'
import type { Answer } from './transport.ts'

interface Refusal {
  readonly code: FailureCode
  readonly message: string
}

const REFUSALS: Readonly<Record<number, Refusal>> = {
  400: { code: 'bad_request', message: 'the server cannot read the request' },
  401: { code: 'unauthorized', message: 'the server did not accept the credentials' },
  403: { code: 'forbidden', message: 'not permitted' },
  404: { code: 'not_found', message: 'not found' },
  405: { code: 'method_not_allowed', message: 'the server does not allow this' },
  406: { code: 'not_acceptable', message: 'the server cannot answer in the form asked for' },
  409: { code: 'conflict', message: 'the change conflicts with another one' },
  413: { code: 'too_large', message: 'the request is too large for the server' },
  422: { code: 'unprocessable_entity', message: 'the server refused the request as invalid' },
  501: { code: 'not_implemented', message: 'the server does not offer this' },
}

const isFailureCode = (code: string | number): code is FailureCode =>
  Object.hasOwn(failureCodes, code)

/** What is said to who may do it, but must prove a second factor first (RFC 9470 section 3). */
const FACTOR_DEMAND: Refusal = { code: 'mfa_required', message: 'a second factor is demanded' }

/** Whether the refusal can be lifted by a second factor of the caller's; one that cannot, that of a host, has only the code. */
export const demandsFactor = ({ status, headers }: Answer): boolean =>
  status === 403 &&
  (headers['www-authenticate'] ?? '').includes('error="insufficient_user_authentication"')

/** The longest text of a server's refusal that is shown, in UTF-16 code units. */
const MAX_MESSAGE = 2000

/**
 * The refusal that `answer` is. Its code follows the status, or the code of the body where that one has the same status;
 * its message is the server's own, made harmless to print, or one of ours when there is none. Any status that is
 * not a known refusal is `unavailable`.
 */
export function failureOf(answer: Answer): ServerRefusal {
  const known = knownRefusal(answer)
  const refusal = (code: FailureCode, message: string): ServerRefusal =>
    new ServerRefusal(code, message, { answered: answer.status })
  const body = parseJson(answer.body.toString())
  if (isV2Error(body)) return refusal(known.code, shown(body.message) || known.message)
  if (!isErrorBody(body)) return refusal(known.code, known.message)
  const { code, message } = body.error
  const agrees = isFailureCode(code) && failureCodes[code].status === answer.status
  return refusal(agrees ? code : known.code, shown(message) || known.message)
}

function knownRefusal(answer: Answer): Refusal {
  if (demandsFactor(answer)) return FACTOR_DEMAND
  const message = `the server answered with status ${answer.status}`
  return REFUSALS[answer.status] ?? { code: 'unavailable', message }
}

const shown = (message: string): string => printable(message.slice(0, MAX_MESSAGE))

/** `answer` when it is a success; throws {@link failureOf} it when it is not. */
export function mustSucceed(answer: Answer): Answer {
  if (answer.status < 200 || answer.status > 299) throw failureOf(answer)
  return answer
}

/** The body of `answer` as what `is` recognises; throws `corrupt`, without showing the body, when it is something else. */
export function bodyOf<Body>(answer: Answer, is: (value: unknown) => value is Body): Body {
  const body = parseJson(answer.body.toString())
  if (!is(body)) {
    throw new Failure('corrupt', 'the answer of the server does not have the expected form', {
      hint: 'check that the address is that of a Strongroom or Conjur server',
    })
  }
  return body
}
