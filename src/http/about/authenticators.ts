import {
  described,
  emptyAnswer,
  jsonAnswer,
  jsonBody,
  parametersBody,
  v2Answer,
} from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, list, oneOfTexts, record, text, truth } from '#http/openapi/schema.ts'
import type { Schema } from '#http/openapi/schema.ts'
import { authenticator, authenticators, newAuthenticator, typeName } from './instance-schema.ts'
import { V2_PAGES } from './paging.ts'
import { NOT_STORED } from './secrets.ts'

const names = (description: string): Schema => list(text(), { description })

const lists = component(
  'AuthenticatorLists',
  record({
    installed: names('The types that the server has.'),
    configured: names('The authenticators for which there is a webservice, in whatever account.'),
    enabled: names('The authenticators that recognise callers.'),
  }),
)

const check = record(
  {
    name: text({ description: 'What was looked at.' }),
    result: oneOfTexts(['ok', 'failed', 'skipped']),
  },
  { error: text(), hint: text({ description: 'What to do about it.' }) },
)

const good = component('GoodAuthenticator', record({ status: text({ const: 'ok' }) }))

const bad = component(
  'BadAuthenticator',
  record({
    status: text({ const: 'error' }),
    error: text({ description: 'The first thing that is wrong.' }),
    checks: list(check),
  }),
)

const enabled: Schema = component(
  'Enablement',
  record({ enabled: truth('Whether it is to recognise anybody.') }),
)

const unknown =
  'The caller has not proved who it is; or there is no such authenticator, or none that it may know of.'

const enable: Pick<Operation, 'tag' | 'description' | 'body' | 'answers' | 'refusals'> = {
  tag: 'authenticators',
  description:
    'It needs `update` on its webservice. What the settings of the server enable stays so.',
  body: parametersBody(enabled),
  answers: { 204: emptyAnswer('It is as it is to be.') },
  refusals: {
    401: unknown,
    404: 'The path does not begin with the type of an authenticator.',
    422: 'Nothing is said of enabling, or the id cannot be one.',
  },
}

const notWell = (when: string): ReturnType<typeof jsonAnswer> => jsonAnswer(when, bad)

const status: Pick<Operation, 'tag' | 'description' | 'answers' | 'refusals'> = {
  tag: 'authenticators',
  description: 'It needs `read` on the webservice `status` below its own.',
  answers: {
    200: jsonAnswer('It could recognise callers.', good),
    403: notWell('The caller may not know how it is.'),
    404: notWell('There is no such type or no such authenticator.'),
    500: notWell('It can recognise nobody, and why.'),
    501: notWell('The type cannot tell.'),
  },
  refusals: {
    403: 'The caller may not know how it is, or not use its token from its address.',
    404: 'There is no such authenticator; or the path does not begin with the type of one.',
    422: 'The account or the name cannot be one.',
    500: 'It can recognise nobody, and why; or the server failed.',
    501: 'The type cannot tell.',
  },
}

const service = described('The name of the authenticator.', text({ minLength: 1 }))

/** Which authenticators there are, enabling them, and how they are (v1). */
export const AUTHENTICATORS: Readonly<
  Record<'list' | 'enable' | 'enableInstance' | 'status' | 'instanceStatus', Operation>
> = {
  list: {
    id: 'getAuthenticators',
    tag: 'authenticators',
    summary: 'Which authenticators there are',
    answers: { 200: jsonAnswer('Types and names, each list sorted.', lists) },
  },
  enable: {
    ...enable,
    id: 'enableAuthenticator',
    summary: 'Enable or disable an authenticator of which there is one',
  },
  enableInstance: {
    ...enable,
    id: 'enableAuthenticatorInstance',
    summary: 'Enable or disable an authenticator',
    params: { service },
  },
  status: {
    ...status,
    id: 'getAuthenticatorStatus',
    summary: 'How an authenticator is of which there is one',
  },
  instanceStatus: {
    ...status,
    id: 'getServiceAuthenticatorStatus',
    summary: 'How an authenticator is',
    params: { service },
  },
}

const place: Operation['params'] = {
  type: described('The type.', typeName),
  name: described(
    'The name; `default` where there is only one of its type.',
    text({ minLength: 1 }),
  ),
}

const absent = 'There is no such authenticator, or none that the caller may know of.'

/** Authenticators as objects (v2). */
export const INSTANCES: Readonly<
  Record<'list' | 'create' | 'show' | 'enable' | 'remove', Operation>
> = {
  list: {
    id: 'listAuthenticators',
    tag: 'authenticators',
    summary: 'List authenticators',
    query: { type: described('Only those of this type.', typeName), ...V2_PAGES },
    answers: {
      200: v2Answer(
        'The authenticators that the caller sees, and how many there are.',
        authenticators,
        NOT_STORED,
      ),
    },
    refusals: { 422: 'The type is unknown, or a number is none.' },
  },
  create: {
    id: 'createAuthenticator',
    tag: 'authenticators',
    summary: 'Create an authenticator',
    description:
      'With its webservices, variables, values and groups. It needs `create` on the policy of its type.',
    body: jsonBody('The authenticator.', newAuthenticator),
    answers: { 201: v2Answer('The authenticator.', authenticator, NOT_STORED) },
    refusals: {
      404: 'There is no policy of its type or no such owner, or none that the caller may know of.',
      409: 'There is one already.',
      422: 'The body says something that cannot be.',
    },
  },
  show: {
    id: 'getAuthenticator',
    tag: 'authenticators',
    summary: 'Show an authenticator',
    params: place,
    answers: { 200: v2Answer('The authenticator.', authenticator, NOT_STORED) },
    refusals: { 404: absent, 422: 'The type is unknown, or the name cannot be one.' },
  },
  enable: {
    id: 'updateAuthenticator',
    tag: 'authenticators',
    summary: 'Enable or disable an authenticator, and show it',
    description: 'It needs `update` on its webservice.',
    params: place,
    body: jsonBody('Whether it is to be enabled.', enabled),
    answers: { 200: v2Answer('The authenticator as it is now.', authenticator, NOT_STORED) },
    refusals: { 404: absent, 422: 'The body says something else, or the type is unknown.' },
  },
  remove: {
    id: 'deleteAuthenticator',
    tag: 'authenticators',
    summary: 'Delete an authenticator with everything that belongs to it',
    description: 'It needs `delete` on its policy.',
    params: place,
    answers: { 204: emptyAnswer('It is gone.') },
    refusals: { 404: absent, 422: 'The type is unknown, or something in it cannot be removed.' },
  },
}
