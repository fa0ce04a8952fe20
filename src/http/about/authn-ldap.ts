import { described, textAnswer } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { text } from '#http/openapi/schema.ts'
import { apiKey, tokenAnswered, tokenHeaders } from './authentication.ts'

const params = {
  service: described(
    'The name of the authenticator: of the webservice `conjur/authn-ldap/SERVICE`.',
    text({ minLength: 1 }),
  ),
}

const refusals: Operation['refusals'] = {
  401: 'The caller is not who it claims to be, or cannot log in; every reason is answered alike.',
  403: 'The user may not `authenticate` with this authenticator.',
  422: 'The account or the name of the authenticator cannot be one.',
}

/** Logging in by the password of a directory. */
export const LDAP: Readonly<Record<'login' | 'authenticate', Operation>> = {
  login: {
    id: 'getAPIKeyViaLDAP',
    tag: 'authentication',
    summary: 'Exchange the password of a directory for an API key',
    description:
      'The key is good for 30 days, for `POST /authn/ACCOUNT/LOGIN/authenticate`. Failed logins lock a user for a while, which looks like a wrong password.',
    params,
    answers: { 200: textAnswer('An API key.', apiKey) },
    refusals,
  },
  authenticate: {
    id: 'getAccessTokenViaLDAP',
    tag: 'authentication',
    summary: 'Exchange the password of a directory for an access token',
    params,
    headers: tokenHeaders,
    body: {
      description: 'The password as it is, whatever the type says.',
      content: { 'text/plain': text({ minLength: 1 }) },
      isRequired: true,
    },
    answers: { 200: tokenAnswered },
    refusals,
  },
}
