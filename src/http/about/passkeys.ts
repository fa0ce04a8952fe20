import { fullId, moment } from '#http/openapi/ids.ts'
import { contentAnswer, described, jsonAnswer, jsonBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, oneOf, oneOfTexts, record, text, whole } from '#http/openapi/schema.ts'
import type { Keywords, Schema } from '#http/openapi/schema.ts'
import { accessToken, tokenAnswered, tokenHeaders } from './authentication.ts'
import { enrolment } from './factors.ts'

const tag = 'second factors'

const nothing: Schema = { type: 'null' }

const purpose = oneOfTexts(
  ['enrolment', 'verification'],
  'Whether a passkey becomes a second factor, or proves that it is one.',
)

const name = text({ minLength: 1, maxLength: 60, description: 'What the passkey will be called.' })

const port = whole(1024, {
  maximum: 65_535,
  description: 'A port of the machine of the browser, to which it brings the code.',
})

const state = text({
  pattern: '^[\\w-]{16,200}$',
  description: 'By what whoever listens there knows the browser again.',
})

const sealed = (description: string): Keywords => text({ pattern: '^[\\w-]+$', description })

const options: Schema = {
  type: 'object',
  description:
    'What `navigator.credentials.create` or `.get` takes, as JSON (WebAuthn Level 3, 5.1).',
  required: ['challenge'],
  properties: { challenge: sealed('32 random bytes in base64url.') },
}

const until = moment('Until when it may be answered and completed.')

const id = {
  id: described('What the beginning answered.', text({ minLength: 1 })),
}

const code = sealed('What the browser got for its answer.')

const gone =
  'There is no such ceremony, its time is over, or the access token that began it is no longer good.'

/** Enrolling and proving passkeys. */
export const PASSKEYS: Readonly<Record<'begin' | 'show' | 'answer' | 'complete', Operation>> = {
  begin: {
    id: 'beginPasskeyCeremony',
    tag,
    summary: 'Begin to enrol a passkey, or to prove one',
    description:
      'A person goes on in a browser, at `url`; whoever began completes with the code that the browser gets, within five minutes and with the same access token. Whoever has a second factor already must have proven one in the last five minutes to enrol another.',
    body: jsonBody(
      'What is asked, whatever the type says. `callback_port` and `state` go together; without them the page shows the code.',
      component('NewPasskeyCeremony', record({ purpose }, { name, callback_port: port, state })),
    ),
    answers: {
      201: jsonAnswer(
        'It has begun.',
        component(
          'BegunPasskeyCeremony',
          record({
            id: sealed('Stands for the ceremony in the paths of the others.'),
            url: text({ pattern: '^https?://', description: 'The page for the person.' }),
            options,
            expires_at: until,
          }),
        ),
      ),
    },
    refusals: {
      403: 'A second factor must be proven first; or the caller is a host, the account is not that of the access token, or that not to be used from this address.',
      409: 'There is no passkey to prove, or the caller has as many second factors as anybody may.',
      422: 'There is no purpose, or something that cannot be.',
      501: 'The server does not know under which address people reach it: the setting `public-url`.',
    },
  },
  show: {
    id: 'showPasskeyCeremony',
    tag,
    summary: 'What a ceremony is about',
    description: 'For the page. Whoever has the id may ask.',
    params: id,
    answers: {
      200: jsonAnswer(
        'The ceremony.',
        component(
          'PasskeyCeremony',
          record({
            purpose,
            role: fullId,
            name: oneOf([name, nothing], 'What it will be called; `null` when one is proven.'),
            client_ip: text({ description: 'The address that it was asked from.' }),
            options,
            callback: oneOf([record({ port, state }), nothing]),
            expires_at: until,
          }),
        ),
        {
          'Cache-Control': {
            description: 'The answer is for one person alone.',
            schema: text({ const: 'no-store' }),
            isRequired: true,
          },
        },
      ),
    },
    refusals: { 404: gone, 501: 'The server has lost the setting `public-url`.' },
  },
  answer: {
    id: 'answerPasskeyCeremony',
    tag,
    summary: 'Bring what the authenticator answered',
    description:
      'For the page, once. Whoever has the id may answer; the code that they get is worth nothing without the access token that began.',
    params: id,
    body: jsonBody(
      'What the browser answered, whatever the type says.',
      component(
        'PasskeyAnswer',
        record({
          response: {
            type: 'object',
            description:
              'The credential as JSON: `RegistrationResponseJSON` or `AuthenticationResponseJSON` (WebAuthn Level 3, 5.1).',
          },
        }),
      ),
    ),
    answers: { 200: jsonAnswer('The passkey was accepted.', record({ code })) },
    refusals: {
      403: 'The passkey was not accepted; why not is in the trail.',
      404: gone,
      422: 'There is something else in the body.',
      501: 'The server has lost the setting `public-url`.',
    },
  },
  complete: {
    id: 'completePasskeyCeremony',
    tag,
    summary: 'Complete a ceremony with the code of the browser',
    description:
      'Enrols the passkey, or exchanges the proof for an access token that says so; once, and with the very access token that began.',
    params: id,
    headers: tokenHeaders,
    body: jsonBody(
      'The code, whatever the type says.',
      component('PasskeyCompletion', record({ code })),
    ),
    answers: {
      200: contentAnswer(
        'What an enrolment ends with, or after a verification the access token, which may be in base64.',
        {
          ...tokenAnswered.content,
          'application/json': oneOf([enrolment, accessToken]),
        },
        tokenAnswered.headers,
      ),
    },
    refusals: {
      403: 'The code is not that of the ceremony, was used before or is too old, or another access token began; or a second factor must be proven first.',
      409: 'The passkey is there already, or the caller has as many second factors as anybody may.',
      422: 'There is no code in the body, or something else.',
    },
  },
}
