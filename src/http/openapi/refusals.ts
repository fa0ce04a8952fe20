import { V2_TYPE } from '#http/v2.ts'
import type { Family } from '#http/v2.ts'
import type { FailureCode } from '#lib/failure.ts'
import type { AnswerHeader, RefusalStatus } from './operation.ts'
import { component, list, oneOfTexts, record, text, whole } from './schema.ts'
import type { Component, Schema } from './schema.ts'

/** How requests are refused with a status (reference/conjur-api.md 1.2 to 1.4). */
export interface Refusal {
  /** The name of the answer among the components of the document. */
  readonly name: string
  readonly description: string
  /** What the body of the v1 API may be, by media type. */
  readonly content: Readonly<Record<string, Schema>>
  /** Whether there may be no body at all. */
  readonly mayBeEmpty?: true
}

/** The codes on the wire that go with a status; `internal_error` is what nobody was meant to see. */
export const WIRE_CODES: Readonly<
  Record<RefusalStatus, readonly (FailureCode | 'internal_error')[]>
> = {
  400: ['bad_request'],
  401: ['unauthorized'],
  403: ['mfa_required', 'mfa_refused'],
  404: ['not_found'],
  405: ['method_not_allowed'],
  406: ['not_acceptable'],
  409: ['conflict'],
  413: ['too_large'],
  422: [
    'argument_error',
    'parameter_missing',
    'policy_invalid',
    'unprocessable_entity',
    'validation_failed',
  ],
  429: ['mfa_locked'],
  500: ['internal_error'],
  501: ['not_implemented'],
  503: ['unavailable'],
}

const detail = record({
  code: text({ description: 'The code of the error again.' }),
  target: text({ description: 'What it is about.' }),
  message: text(),
})

/** What was asked for, when it is not there or is there already. */
const about = {
  target: text({ description: 'The kind of what is not there, or is there already.' }),
  details: detail,
}

/** What a second factor is demanded for, and of what age. */
const demanded = {
  privilege: text({ description: 'The privilege that the resource demands a second factor for.' }),
  resource: text({ description: 'That resource.' }),
  max_age: whole(1, {
    description:
      'How many seconds ago the factor may have been proven; absent for hosts, which have none.',
  }),
}

const place = { line: whole(1), column: whole(1) }

/** What is wrong with parameters, or with a policy. */
const wrong = {
  details: list(detail, { minItems: 1 }),
  innererror: record({
    code: text({ const: 'policy_invalid' }),
    filename: text({ const: 'policy' }),
    ...place,
  }),
  problems: list(
    record(
      {
        ...place,
        message: text(),
        offendingText: text({ description: 'What stands at that place, at most 80 characters.' }),
      },
      { advice: text({ description: 'What to do about it.' }) },
    ),
    { minItems: 1, description: 'Everything that is wrong with a policy.' },
  ),
}

function errorBody(
  name: string,
  status: RefusalStatus,
  more: Readonly<Record<string, Schema>> = {},
): Component {
  const error = record({ code: oneOfTexts(WIRE_CODES[status]), message: text() }, more)
  return component(`${name}Error`, record({ error }))
}

const json = (body: Component): Refusal['content'] => ({ 'application/json': body })

/** What bearers of no good token are told. */
const plain = { 'text/plain': text() }

/** How long to wait. */
const SECONDS = whole(1, { description: 'Seconds after which to ask again.' })

const REFUSALS: Readonly<Record<RefusalStatus, Refusal>> = {
  400: {
    name: 'BadRequest',
    description:
      'The request is malformed: its path is not well encoded, or its body cannot be read. Some reasons are not told.',
    content: json(errorBody('BadRequest', 400)),
    mayBeEmpty: true,
  },
  401: {
    name: 'Unauthorized',
    description:
      'The caller has not proved who it is. Who sent no good access token is told so in plain text; refused credentials are told nothing.',
    content: { ...plain, ...json(errorBody('Unauthorized', 401)) },
    mayBeEmpty: true,
  },
  403: {
    name: 'Forbidden',
    description:
      'The caller lacks a privilege, which has no body; its access token may not be used from its address, which is told in plain text; or a second factor is missing or wrong, which is told in JSON.',
    content: { ...plain, ...json(errorBody('Forbidden', 403, demanded)) },
    mayBeEmpty: true,
  },
  404: {
    name: 'NotFound',
    description: 'There is no such thing, or none that the caller may know of: the two look alike.',
    content: json(errorBody('NotFound', 404, about)),
  },
  405: {
    name: 'MethodNotAllowed',
    description: 'That cannot be done to it.',
    content: json(errorBody('MethodNotAllowed', 405)),
  },
  406: {
    name: 'NotAcceptable',
    description: 'There is no answer of a type that the client takes.',
    content: json(errorBody('NotAcceptable', 406)),
  },
  409: {
    name: 'Conflict',
    description: 'It is there already.',
    content: json(errorBody('Conflict', 409, about)),
  },
  413: {
    name: 'TooLarge',
    description: 'The body of the request is larger than the route takes.',
    content: json(errorBody('TooLarge', 413)),
  },
  422: {
    name: 'Unprocessable',
    description: 'A parameter or the body says something that cannot be.',
    content: json(errorBody('Unprocessable', 422, wrong)),
  },
  429: {
    name: 'TooManyRequests',
    description: 'Wrong codes of a second factor were given too often to take another one yet.',
    content: json(errorBody('TooManyRequests', 429, { retry_after: SECONDS })),
  },
  500: {
    name: 'InternalError',
    description:
      'The server failed, or what it has stored was altered. The message names the request, under which the log of the server has the rest.',
    content: json(errorBody('Internal', 500)),
  },
  501: {
    name: 'NotImplemented',
    description: 'The server does not know how.',
    content: json(errorBody('NotImplemented', 501)),
  },
  503: {
    name: 'Unavailable',
    description:
      'The server cannot serve just now. With `Retry-After` nothing was done; without, the database was lost on the way, and it may have been done.',
    content: json(errorBody('Unavailable', 503)),
  },
}

const v2Error = component(
  'V2Error',
  record({ code: text({ pattern: '^[45]\\d\\d$', description: 'The status.' }), message: text() }),
)

/** Statuses that the token gate answers with, too: what it says is the same for all routes. */
const isOfGate = (status: RefusalStatus): boolean => status === 401 || status === 403

/**
 * How a route of a family refuses with a status. Whoever accepts the v2 API alone is refused in its words by any route; a path that is not well
 * encoded is refused before it is known of which family it is.
 */
export function refusalOf(status: RefusalStatus, family: Family): Refusal {
  const refusal = REFUSALS[status]
  const name = family === 'v1' ? refusal.name : `V2${refusal.name}`
  const v2 = { [V2_TYPE]: v2Error }
  if (isOfGate(status)) return { ...refusal, name, content: gateContent(refusal, status, family) }
  const isEither = family === 'v1' || status === 400
  return { ...refusal, name, content: isEither ? { ...refusal.content, ...v2 } : v2 }
}

/** The v2 API tells no reason of its own, but that a second factor is missing or wrong. */
function gateContent(
  { content }: Refusal,
  status: RefusalStatus,
  family: Family,
): Refusal['content'] {
  const v2 = status === 403 ? { [V2_TYPE]: v2Error } : {}
  return family === 'v1' ? { ...content, ...v2 } : { ...plain, ...v2 }
}

/** The headers of a refusal beyond those of every answer. */
export function refusalHeaders(status: RefusalStatus): Readonly<Record<string, AnswerHeader>> {
  if (status === 403) return STEP_UP
  return status === 503 || status === 429 ? retryAfter(status === 429) : {}
}

const STEP_UP: Readonly<Record<string, AnswerHeader>> = {
  'WWW-Authenticate': {
    description:
      'The challenge of RFC 9470, when a second factor would help: its age in `max_age`.',
    schema: text(),
    isRequired: false,
  },
}

const retryAfter = (isRequired: boolean): Readonly<Record<string, AnswerHeader>> => ({
  'Retry-After': { description: 'When to ask again.', schema: SECONDS, isRequired },
})
