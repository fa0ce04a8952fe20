import { described } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { dictionary, text } from '#http/openapi/schema.ts'
import { tokenAnswered, tokenHeaders } from './authentication.ts'

/** Logging in by a request that was signed with credentials of AWS. */
export const IAM: Operation = {
  id: 'getAccessTokenViaAWS',
  tag: 'authentication',
  summary: 'Exchange a signed question to AWS STS for an access token',
  description:
    'The login ends in the number of an account of AWS and the name of a role. What is signed is `GET /?Action=GetCallerIdentity&Version=2011-06-15` with an empty body, by AWS Signature Version 4, for the AWS STS of a region.',
  params: {
    service: described(
      'The name of the authenticator: of the webservice `conjur/authn-iam/SERVICE`.',
      text({ minLength: 1 }),
    ),
  },
  headers: tokenHeaders,
  body: {
    description:
      'The headers of the signed question by their names, in whatever spelling, whatever the type says: `host`, `authorization`, `x-amz-date`, `x-amz-security-token` and `x-amz-content-sha256`.',
    content: { 'application/json': dictionary(text({ pattern: '^[!-~](?:[ -~]*[!-~])?$' })) },
    isRequired: true,
  },
  answers: { 200: tokenAnswered },
  refusals: {
    401: 'AWS does not say that the caller is the host, or the host cannot log in; every reason is answered alike.',
    403: 'The host may not `authenticate` with this authenticator.',
    422: 'The account or the name of the authenticator cannot be one.',
  },
}
