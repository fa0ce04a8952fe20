import { described, jsonAnswer } from '#http/openapi/operation.ts'
import type { Operation, QueryParameter, SuccessAnswer } from '#http/openapi/operation.ts'
import { component, list, record, text } from '#http/openapi/schema.ts'
import { tokenAnswered, tokenHeaders } from './authentication.ts'

const uncached: SuccessAnswer['headers'] = {
  'Cache-Control': {
    description: 'The answer is for one person alone.',
    schema: text({ const: 'no-store' }),
    isRequired: true,
  },
}

const provider = component(
  'OidcProvider',
  record({
    service_id: text({ description: 'The name of the authenticator.', minLength: 1 }),
    type: text({ const: 'authn-oidc' }),
    name: text({ description: 'What a login page calls it.' }),
    nonce: text({ description: 'To be sent back with the code.', pattern: '^[0-9a-f]{50,}$' }),
    code_verifier: text({
      description: 'To be kept until the code is there, and sent back with it.',
      pattern: '^[0-9a-f]{50}$',
    }),
    state: text({
      description:
        'For clients that make no `state` of their own: to be added to `redirect_uri`, compared with what comes back, and sent back with the code.',
      pattern: '^[A-Za-z0-9_-]{43}$',
    }),
    redirect_uri: text({
      description: 'Where the person logs in; the client adds a `state`.',
      pattern: '^https?://',
    }),
  }),
)

const service = described(
  'The name of the authenticator: of the webservice `conjur/authn-oidc/SERVICE`.',
  text({ minLength: 1 }),
)

const common: Pick<Operation, 'tag' | 'headers' | 'answers' | 'refusals'> = {
  tag: 'authentication',
  headers: tokenHeaders,
  answers: {
    200: { ...tokenAnswered, headers: { ...tokenAnswered.headers, ...uncached } },
  },
  refusals: {
    400: 'The proof is missing, or a part of it.',
    401: 'The caller is not who it claims to be, or cannot log in; every reason is answered alike. Only an expired ID token is told to be so.',
    403: 'The user may not `authenticate` with this authenticator.',
    413: 'The proof is too large.',
    422: 'The account or the name of the authenticator cannot be one.',
  },
}

const byIdToken: Pick<Operation, keyof typeof common | 'description' | 'body'> = {
  ...common,
  description: 'The token may come as `Authorization: Bearer` instead of in the body.',
  body: {
    description: 'What the provider says of the user, whatever the type says.',
    content: {
      'application/x-www-form-urlencoded': record({
        id_token: text({ description: 'A JWT.', pattern: '^[-\\w=]+\\.[-\\w=]+\\.[-\\w=]+$' }),
      }),
    },
    isRequired: false,
  },
}

const parameter = (description: string): QueryParameter => ({
  ...described(description, text({ minLength: 1 })),
  isRequired: true,
})

const byCode: Pick<Operation, keyof typeof common | 'query'> = {
  ...common,
  query: {
    code: parameter('What the provider sent the person back with.'),
    nonce: parameter('That of the list of providers.'),
    code_verifier: parameter('That of the list of providers.'),
    state: described(
      'That of the list of providers, if the client used it.',
      text({ minLength: 1 }),
    ),
  },
}

const params = { service }

const unnamed = 'Refused: there is no authenticator without a name.'

/** Logging in by OpenID Connect. */
export const OIDC: Readonly<
  Record<'providers' | 'byIdToken' | 'byCode' | 'byIdTokenUnnamed' | 'byCodeUnnamed', Operation>
> = {
  providers: {
    id: 'getOIDCProviders',
    tag: 'authentication',
    summary: 'Where people can log in',
    description:
      'The authenticators whose provider can be reached, by name. Each call makes a nonce and a verifier, which are good for one login within 15 minutes.',
    answers: { 200: jsonAnswer('The providers.', list(provider), uncached) },
    refusals: { 401: 'There is no such authenticator.', 422: 'The account cannot be one.' },
  },
  byIdToken: {
    ...byIdToken,
    id: 'getAccessTokenViaOIDC',
    summary: 'Exchange an ID token of OpenID Connect for an access token',
    params,
  },
  byCode: {
    ...byCode,
    id: 'getAccessTokenViaOIDCCode',
    summary: 'Exchange the code of an OpenID Connect login for an access token',
    params,
  },
  byIdTokenUnnamed: {
    ...byIdToken,
    id: 'getAccessTokenViaOIDCUnnamed',
    summary: 'Exchange an ID token without the name of an authenticator',
    description: unnamed,
  },
  byCodeUnnamed: {
    ...byCode,
    id: 'getAccessTokenViaOIDCCodeUnnamed',
    summary: 'Exchange a code without the name of an authenticator',
    description: unnamed,
  },
}
