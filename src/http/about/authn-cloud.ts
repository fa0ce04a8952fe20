import { described } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { text } from '#http/openapi/schema.ts'
import { workload } from './authentication.ts'

/** Logging in by the token that a cloud gives to a workload. */
export const CLOUD: Readonly<Record<'azure' | 'gcp', Operation>> = {
  azure: {
    ...workload,
    id: 'getAccessTokenViaAzure',
    summary: 'Exchange the token of an Azure managed identity for an access token',
    params: {
      service: described(
        'The name of the authenticator: of the webservice `conjur/authn-azure/SERVICE`.',
        text({ minLength: 1 }),
      ),
    },
  },
  gcp: {
    ...workload,
    id: 'getAccessTokenViaGCP',
    summary: 'Exchange the identity token of a Google service account for an access token',
    description: 'The `aud` of the token says which role the caller is: `conjur/ACCOUNT/host/ID`.',
  },
}
