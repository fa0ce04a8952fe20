import { accessToken, tokenAnswered, tokenHeaders } from '#http/about/authentication.ts'
import { moment } from '#http/openapi/ids.ts'
import { described, emptyAnswer, jsonAnswer, jsonBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, list, oneOf, oneOfTexts, record, text, whole } from '#http/openapi/schema.ts'
import type { Component, Schema } from '#http/openapi/schema.ts'

const name = text({
  minLength: 1,
  maxLength: 60,
  description: 'What its owner calls it: no control or format characters.',
})

const nothing: Schema = { type: 'null' }

/** A second factor, as routes answer it. */
export const factor: Component = component(
  'Factor',
  record({
    id: text({ pattern: '^[0-9a-f]{16}$' }),
    kind: oneOfTexts(['totp', 'passkey']),
    name,
    created_at: moment('When it was enrolled.'),
    last_used_at: oneOf([moment('When it was used last.'), nothing]),
  }),
)

const recoveryCodes = list(text({ pattern: '^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}$' }), {
  minItems: 10,
  maxItems: 10,
  description: 'Each is good once. They are shown this once: only digests are kept.',
})

/** What every enrolment ends with. */
export const enrolment: Component = component(
  'FactorEnrolment',
  record({
    factor,
    recovery_codes: oneOf([recoveryCodes, nothing], 'With the first factor; `null` with others.'),
    token: accessToken,
  }),
)

const code = text({
  minLength: 1,
  description: 'Six digits of an authenticator app; white space counts for nothing.',
})

const tag = 'second factors'

/** What is refused to whoever is no user of the account. */
const notOwn = 'the caller is a host, the account is not that of the access token'

const id = described('The id of the factor.', text({ minLength: 1 }))

/** Second factors: authenticator apps and recovery codes. */
export const FACTORS: Readonly<
  Record<'list' | 'begin' | 'confirm' | 'verify' | 'renewCodes' | 'remove' | 'reset', Operation>
> = {
  list: {
    id: 'listFactors',
    tag,
    summary: "List the caller's second factors",
    answers: {
      200: jsonAnswer(
        'The factors, oldest first.',
        record({ factors: list(factor), recovery_codes_left: whole(0, { maximum: 10 }) }),
      ),
    },
    refusals: {
      403: `Second factors are those of a user: ${notOwn}, or that not to be used from this address.`,
    },
  },
  begin: {
    id: 'beginTotpEnrolment',
    tag,
    summary: 'Begin to enrol an authenticator app',
    description:
      'The app (RFC 6238: SHA-1, six digits, thirty seconds) is worth nothing until a code of it comes back, within ten minutes. Whoever has a second factor already must have proven one in the last five minutes.',
    body: jsonBody(
      'What to call it, whatever the type says; `authenticator app` when there is no name.',
      component('NewTotp', record({}, { name })),
      false,
    ),
    answers: {
      201: jsonAnswer(
        'The secret to share with the app.',
        component(
          'PendingTotp',
          record({
            id: text({ description: 'Stands for it in the path of its confirmation.' }),
            secret: text({ pattern: '^[A-Z2-7]{32}$', description: 'In base32, for typing.' }),
            uri: text({
              pattern: '^otpauth://totp/',
              description: 'The same with whose it is, for a QR code.',
            }),
            expires_at: moment('Until when it may be confirmed.'),
          }),
        ),
      ),
    },
    refusals: {
      403: `A second factor must be proven first; or ${notOwn}, or that not to be used from this address.`,
      409: 'The caller has as many second factors as anybody may.',
      422: 'The name cannot be one, or there is something else in the body.',
    },
  },
  confirm: {
    id: 'confirmTotpEnrolment',
    tag,
    summary: 'Enrol the authenticator app that a code is of',
    description:
      'With the first factor come ten recovery codes, each of which stands for a lost factor once. The code is used up.',
    params: { id: described('What the beginning answered.', text({ minLength: 1 })) },
    body: jsonBody(
      'A code of the app, whatever the type says.',
      component('TotpConfirmation', record({ code })),
    ),
    answers: { 200: jsonAnswer('It is enrolled.', enrolment) },
    refusals: {
      403: `The code is not a fresh one of the app, or another second factor must be proven first; or ${notOwn}, or that not to be used from this address.`,
      404: 'No app of the caller waits for this confirmation, or it waited too long.',
      409: 'The caller has as many second factors as anybody may, or this one already.',
      422: 'There is no code in the body, or something else.',
    },
  },
  verify: {
    id: 'verifyFactor',
    tag,
    summary: 'Exchange a code for an access token that says so',
    description:
      'The token lives as long as one from a login, and satisfies what demands a second factor for as long as policy says. Every code is good once. Attempts are counted, for apps and recovery codes together.',
    headers: tokenHeaders,
    body: jsonBody(
      'The code, whatever the type says.',
      oneOf([
        component('TotpProof', record({ code })),
        component(
          'RecoveryProof',
          record({
            recovery_code: text({
              minLength: 1,
              description: 'In capitals or not, with hyphens or without.',
            }),
          }),
        ),
      ]),
    ),
    answers: { 200: tokenAnswered },
    refusals: {
      403: `The code is wrong, was used before or is too old; or ${notOwn}, or that not to be used from this address.`,
      409: 'The caller has no second factor.',
      422: 'There is no code in the body, or something else.',
      429: 'Too many wrong codes were given.',
    },
  },
  renewCodes: {
    id: 'renewRecoveryCodes',
    tag,
    summary: 'Make new recovery codes',
    description:
      'The old ones end. A second factor must have been proven in the last five minutes.',
    answers: {
      201: jsonAnswer(
        'The new codes.',
        component('RecoveryCodes', record({ recovery_codes: recoveryCodes })),
      ),
    },
    refusals: {
      403: `A second factor must be proven first; or ${notOwn}, or that not to be used from this address.`,
      409: 'The caller has no second factor.',
    },
  },
  remove: {
    id: 'removeFactor',
    tag,
    summary: "Remove one of the caller's second factors",
    description:
      'A second factor must have been proven in the last five minutes. All access tokens of the caller end; the answer is a new one, which says nothing of second factors. Recovery codes go with the last factor.',
    params: { id },
    headers: tokenHeaders,
    answers: { 200: tokenAnswered },
    refusals: {
      403: `A second factor must be proven first; or ${notOwn}, or that not to be used from this address.`,
      404: 'The caller has no such factor.',
    },
  },
  reset: {
    id: 'resetFactors',
    tag,
    summary: 'Remove all second factors of a user who has lost them',
    description:
      'It needs `update` on the user, and a second factor of the caller, proven in the last five minutes, if the caller has one. All access tokens of the user end. Recovery codes go, too.',
    query: {
      role: {
        ...described('Whose: `user:LOGIN` or a full id.', text({ minLength: 1 })),
        isRequired: true,
      },
    },
    answers: { 204: emptyAnswer('There are none any more.') },
    refusals: {
      403: 'The caller may not `update` the user, or must prove a second factor first, or may not use the access token from this address.',
      404: 'There is no such user, or none that the caller may know of.',
      422: 'No role is named, or it is no user.',
    },
  },
}
