import { moment } from '#http/openapi/ids.ts'
import { described, emptyAnswer, jsonAnswer, jsonBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import {
  component,
  dictionary,
  list,
  oneOf,
  oneOfTexts,
  record,
  text,
  whole,
} from '#http/openapi/schema.ts'
import type { Keywords } from '#http/openapi/schema.ts'

const name = text({ minLength: 1, maxLength: 60, pattern: '^[A-Za-z0-9+_\\-]+$' })

const maxTtl = whole(900, {
  maximum: 43_200,
  description: 'How long what it issues may be good, in seconds.',
})

/** What each kind of issuer proves itself with. */
const data: Keywords = oneOf([
  record(
    {
      access_key_id: text({
        pattern: '^(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}$',
      }),
      secret_access_key: text({ pattern: '^[A-Za-z0-9\\/+]{40}$' }),
    },
    {},
    'Of `aws`: the access key of an IAM user.',
  ),
])

const issuer = component(
  'Issuer',
  record(
    {
      id: name,
      account: text(),
      max_ttl: maxTtl,
      type: text({ description: 'Its kind.' }),
      data: dictionary(text(), {
        description: 'What it proves itself with; `*****` stands for what is secret of it.',
      }),
      created_at: moment('When it was made.'),
      modified_at: moment('When it was changed last.'),
    },
    {},
    'What makes the values of dynamic variables.',
  ),
)

const minimal = component('IssuerMinimum', record({ max_ttl: maxTtl }))

const tag = 'issuers'
const params = { id: described('The name of the issuer.', name) }

/** Issuers, which make the values of dynamic variables. */
export const ISSUERS: Readonly<
  Record<'create' | 'list' | 'show' | 'update' | 'remove', Operation>
> = {
  create: {
    id: 'createIssuer',
    tag,
    summary: 'Make an issuer',
    description:
      'It needs `create` on the policy `conjur/issuers`, which is made where it is missing. The issuer gets a policy `conjur/issuers/ID` with a group `delegation/consumers`, whose members may see and use it.',
    body: jsonBody(
      'The issuer, whatever the type says.',
      component(
        'NewIssuer',
        record({
          id: name,
          type: text({ description: 'Its kind: `aws`, in upper or lower case.' }),
          max_ttl: maxTtl,
          data,
        }),
      ),
    ),
    answers: { 201: jsonAnswer('The issuer.', issuer) },
    refusals: {
      400: 'A parameter is missing, malformed or not one of an issuer.',
      403: 'The caller may not make issuers, or the access token not be used from this address.',
      409: 'There is an issuer of this name, or there are variables that wait for one.',
      422: 'The kind of the issuer does not take the data.',
    },
  },
  list: {
    id: 'getIssuers',
    tag,
    summary: 'List issuers',
    description: 'It needs `update` on the policy `conjur/issuers`.',
    query: {
      sort: described(
        'What they are sorted by, upwards; `id` when absent.',
        oneOfTexts(['id', 'account', 'max_ttl', 'type', 'created_at', 'modified_at']),
      ),
    },
    answers: { 200: jsonAnswer('The issuers.', record({ issuers: list(issuer) })) },
    refusals: {
      400: 'They cannot be sorted by that.',
      403: 'The caller may not list issuers, or the access token not be used from this address.',
    },
  },
  show: {
    id: 'getIssuer',
    tag,
    summary: 'Show an issuer',
    description: 'It needs `read` on the policy `conjur/issuers/ID`.',
    params,
    query: {
      projection: described('`minimal` for the longest life alone.', oneOfTexts(['minimal'])),
    },
    answers: { 200: jsonAnswer('The issuer.', oneOf([issuer, minimal])) },
    refusals: {
      404: 'There is no such issuer, or none that the caller may know of.',
      422: 'There is no such projection, or the name cannot be one.',
    },
  },
  update: {
    id: 'updateIssuer',
    tag,
    summary: 'Change an issuer',
    description: 'It needs `update` on the policy `conjur/issuers`.',
    params,
    body: jsonBody(
      'What is to be otherwise, whatever the type says.',
      component('IssuerUpdate', record({}, { max_ttl: maxTtl, data })),
    ),
    answers: { 200: jsonAnswer('The issuer.', issuer) },
    refusals: {
      400: 'A parameter is malformed or cannot be changed, or the longest life would shrink.',
      404: 'There is no such issuer, or none that the caller may know of.',
      422: 'The kind of the issuer does not take the data, or the name cannot be one.',
    },
  },
  remove: {
    id: 'deleteIssuer',
    tag,
    summary: 'Delete an issuer',
    description:
      'It needs `update` on the policy `conjur/issuers`. The variables of the issuer are deleted with it.',
    params,
    query: {
      keep_secrets: described(
        '`true` keeps the variables, which cannot be read until they name another issuer.',
        oneOfTexts(['true', 'false']),
      ),
    },
    answers: { 204: emptyAnswer('It is gone.') },
    refusals: {
      404: 'There is no such issuer, or none that the caller may know of.',
      422: 'Something that would go with it cannot be removed, or the name cannot be one.',
    },
  },
}
