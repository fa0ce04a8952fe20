import { described, emptyAnswer, jsonAnswer, parametersBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, list, record, text } from '#http/openapi/schema.ts'
import { apiKey } from './authentication.ts'

const name = text({
  description: 'The name of an account.',
  minLength: 1,
  maxLength: 60,
  pattern: '^[\\w.\\-]+$',
})

const account = component(
  'Account',
  record({ id: name, api_key: apiKey }, {}, 'An account, with the API key of its administrator.'),
)

/** Accounts of one server. */
export const ACCOUNTS: Readonly<Record<'list' | 'create' | 'remove', Operation>> = {
  list: {
    id: 'getAccounts',
    tag: 'accounts',
    summary: 'List accounts',
    description: 'It needs `read` on the webservice `accounts` of the account `!`.',
    answers: { 200: jsonAnswer('The names of all accounts.', list(text())) },
  },
  create: {
    id: 'createAccount',
    tag: 'accounts',
    summary: 'Create an account',
    description:
      'It needs `execute` on the webservice `accounts` of the account `!`. The caller owns the administrator of the new account.',
    body: parametersBody(component('NewAccount', record({ id: name }))),
    answers: { 201: jsonAnswer('The account.', account) },
    refusals: {
      409: 'There is an account of this name.',
      422: 'The name is missing, or cannot be one.',
    },
  },
  remove: {
    id: 'deleteAccount',
    tag: 'accounts',
    summary: 'Delete an account with everything in it',
    description:
      'It needs `update` on the webservice `accounts` of the account `!`. The trail stays.',
    params: { account: described('The account.', text({ minLength: 1 })) },
    answers: { 204: emptyAnswer('It is gone.') },
    refusals: {
      404: 'There is no such account.',
      422: 'Something in it cannot be removed, or the name cannot be one.',
    },
  },
}
