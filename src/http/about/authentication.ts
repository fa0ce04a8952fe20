import { fullId, moment } from '#http/openapi/ids.ts'
import {
  contentAnswer,
  described,
  emptyAnswer,
  jsonAnswer,
  textAnswer,
} from '#http/openapi/operation.ts'
import type { Operation, RequestBody, SuccessAnswer } from '#http/openapi/operation.ts'
import { component, oneOf, record, text } from '#http/openapi/schema.ts'
import type { Component, Schema } from '#http/openapi/schema.ts'

/** An API key, or a token of a host factory. */
export const apiKey: Component = component(
  'ApiKey',
  text({
    description: 'Eight numbers of 32 random bits each in the base 32 of Crockford.',
    pattern: '^[0-9a-hjkmnp-tv-z]{8,56}$',
  }),
)

const part = (description: string): Schema =>
  text({ description, pattern: '^[A-Za-z0-9_-]+={0,2}$' })

/** An access token. */
export const accessToken: Component = component(
  'AccessToken',
  record(
    {
      protected: part('How it is signed, and with which key.'),
      payload: part('Whose it is, when it was issued and when it expires.'),
      signature: part('The signature over the two.'),
    },
    {},
    'URL-safe base64 with padding. A client sends it back whole, as the JSON in standard base64.',
  ),
)

/** The answer to somebody who has authenticated. */
export const tokenAnswered: SuccessAnswer = contentAnswer(
  'An access token: JSON, or that JSON in base64 for clients that ask for this encoding.',
  { 'application/json': accessToken, 'text/plain': text({ pattern: '^[A-Za-z0-9+/]+={0,2}$' }) },
  {
    'Content-Encoding': {
      description: '`base64` when the answer is in base64.',
      schema: text({ const: 'base64' }),
      isRequired: false,
    },
  },
)

/** How the form of a token is asked for. */
export const tokenHeaders: NonNullable<Operation['headers']> = {
  'Accept-Encoding': described('`base64` asks for the token as one word of base64.', text()),
}

const unauthorized =
  'The caller is not who it claims to be, or cannot log in; every reason is answered alike.'

const secret = (description: string): RequestBody => ({
  description,
  content: { 'text/plain': text({ minLength: 1 }) },
  isRequired: true,
})

const jwt: RequestBody = {
  description: 'The proof of who the workload is, whatever the type says.',
  content: {
    'application/x-www-form-urlencoded': record({
      jwt: text({ description: 'A JWT.', pattern: '^[-\\w=]+\\.[-\\w=]+\\.[-\\w=]+$' }),
    }),
  },
  isRequired: true,
}

const service = described(
  'The name of the authenticator: of the webservice `conjur/authn-jwt/SERVICE`.',
  text({ minLength: 1 }),
)

/** Authenticating with a JWT in the body. */
export const workload: Pick<Operation, 'tag' | 'headers' | 'body' | 'answers' | 'refusals'> = {
  tag: 'authentication',
  headers: tokenHeaders,
  body: jwt,
  answers: { 200: tokenAnswered },
  refusals: {
    401: `${unauthorized} Only an expired JWT is told to be so.`,
    403: 'The role may not `authenticate` with this authenticator.',
    422: 'The account or the name of the authenticator cannot be one.',
  },
}

const role: Operation['query'] = {
  role: described(
    'Whose: `kind:id` or a full id; the caller itself when absent.',
    text({ minLength: 1 }),
  ),
}

const keyRotation = component(
  'KeyRotation',
  record({
    role: fullId,
    timestamp: oneOf(
      [moment('In seconds.'), text({ const: '' })],
      'When the key was made; empty when that is not known.',
    ),
  }),
)

const ofRole: Operation['refusals'] = {
  401: 'The caller has not proved who it is; or means itself with a token, or somebody else by HTTP Basic.',
  403: 'The caller may not `update` the role, or may not use its token from its address.',
  404: 'There is no such role, or none that the caller may know of.',
  405: 'The role has no API key.',
  422: 'The role has no kind, or is none.',
}

/** Logging in, access tokens, and credentials. */
export const AUTHENTICATION: Readonly<
  Record<
    | 'login'
    | 'authenticate'
    | 'authenticateJwt'
    | 'authenticateJwtAs'
    | 'rotateKey'
    | 'showKeyRotation'
    | 'changePassword',
    Operation
  >
> = {
  login: {
    id: 'getAPIKey',
    tag: 'authentication',
    summary: 'Exchange a password for an API key',
    description:
      'A password gives a key of its own, good for 30 days; an API key gives itself. Failed logins lock a role for a while, which looks like a wrong password.',
    answers: { 200: textAnswer('An API key.', apiKey) },
    refusals: { 401: unauthorized, 422: 'The account cannot be one.' },
  },
  authenticate: {
    id: 'getAccessToken',
    tag: 'authentication',
    summary: 'Exchange an API key for an access token',
    headers: tokenHeaders,
    body: secret('The API key as it is, whatever the type says.'),
    answers: { 200: tokenAnswered },
    refusals: { 401: unauthorized, 422: 'The account cannot be one.' },
  },
  authenticateJwt: {
    ...workload,
    id: 'getAccessTokenViaJWT',
    summary: 'Exchange a JWT for an access token',
    description: 'The JWT itself says which role the caller is.',
    params: { service },
  },
  authenticateJwtAs: {
    ...workload,
    id: 'getAccessTokenViaJWTAs',
    summary: 'Exchange a JWT for an access token of a role that the path names',
    params: { service },
  },
  rotateKey: {
    id: 'rotateAPIKey',
    tag: 'authentication',
    summary: 'Replace an API key',
    description:
      'The own one by HTTP Basic; that of another role with an access token and `update` on it. The old key and all access tokens of the role end at once.',
    query: role,
    answers: { 200: textAnswer('The new API key.', apiKey) },
    refusals: ofRole,
  },
  showKeyRotation: {
    id: 'getAPIKeyRotation',
    tag: 'authentication',
    summary: 'When an API key was replaced last',
    description:
      'The own one by HTTP Basic; that of another role with an access token and `update` on it.',
    query: role,
    answers: { 200: jsonAnswer('Whose key, and when.', keyRotation) },
    refusals: ofRole,
  },
  changePassword: {
    id: 'changePassword',
    tag: 'authentication',
    summary: 'Set the own password',
    description:
      'All access tokens of the user, and all keys of its logins, end at once; its API key stays.',
    security: 'basic',
    query: role,
    body: secret(
      'The new password: 12 to 128 characters, of which two are upper case, two lower case, one a digit and one neither.',
    ),
    answers: { 204: emptyAnswer('It is set.') },
    refusals: {
      401: 'The caller is not who it claims to be, or names another role; or comes with a token, which is not enough.',
      403: 'The caller is a host.',
      422: 'The password is too weak, or the role cannot be one.',
    },
  },
}
