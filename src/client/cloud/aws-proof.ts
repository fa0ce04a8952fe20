import type { IamCredentials } from '#client/strongroom-options.ts'
import { signedHeaders } from '#lib/aws/signature.ts'
import { STS_VERSION } from '#lib/aws/sts.ts'
import { awsEndpoint } from './aws-endpoint.ts'
import { awsKey } from './aws-keys.ts'
import type { PlatformParts } from './platform.ts'

/**
 * The headers of a signed question to AWS STS who the signer is, as JSON (reference/conjur-api.md 6.9). Nobody asks it but the server that
 * they are for, where that demands to be named.
 */
export async function awsProof(
  parts: PlatformParts,
  { serverId }: Pick<IamCredentials, 'serverId'>,
): Promise<string> {
  const endpoint = awsEndpoint(parts.environment)
  const key = await awsKey(parts, endpoint)
  const headers = await signedHeaders(
    {
      method: 'GET',
      url: new URL(`https://${endpoint.host}/?Action=GetCallerIdentity&Version=${STS_VERSION}`),
      region: endpoint.region,
      headers: serverId === undefined ? {} : { 'x-strongroom-server-id': serverId },
      body: '',
    },
    key,
    new Date(parts.now()),
  )
  return JSON.stringify(headers)
}
