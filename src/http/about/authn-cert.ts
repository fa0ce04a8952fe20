import { described } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { text } from '#http/openapi/schema.ts'
import { tokenAnswered, tokenHeaders } from './authentication.ts'

const login: Pick<Operation, 'tag' | 'params' | 'headers' | 'answers' | 'refusals'> = {
  tag: 'authentication',
  params: {
    service: described(
      'The name of the authenticator: of the webservice `conjur/authn-cert/SERVICE`.',
      text({ minLength: 1 }),
    ),
  },
  headers: tokenHeaders,
  answers: { 200: tokenAnswered },
  refusals: {
    401: 'The certificate is missing, not trusted or revoked, or is not that of the host; every reason is answered alike.',
    403: 'The role may not `authenticate` with this authenticator.',
    413: 'The body, which is ignored, is too large all the same.',
    422: 'The account or the name of the authenticator cannot be one.',
  },
}

const description =
  'The certificate is that of the TLS connection, or what a trusted proxy tells of it. A body is ignored.'

/** Logging in by the certificate of the connection. */
export const CERT: Readonly<Record<'authenticate' | 'authenticateAs', Operation>> = {
  authenticate: {
    ...login,
    id: 'getAccessTokenViaCertificate',
    summary: 'Exchange a client certificate for an access token',
    description: `The certificate itself says which host the caller is. ${description}`,
  },
  authenticateAs: {
    ...login,
    id: 'getAccessTokenViaCertificateAs',
    summary: 'Exchange a client certificate for an access token of a role that the path names',
    description,
  },
}
