import type { Environment } from '#client/settings.ts'
import { given } from '#client/settings.ts'
import type { AccessKey } from '#lib/aws/signature.ts'
import { Failure } from '#lib/failure.ts'
import { keyOfContainer } from './aws-container.ts'
import type { AwsEndpoint } from './aws-endpoint.ts'
import { keyOfInstance } from './aws-instance.ts'
import { keyByWebIdentity } from './aws-web-identity.ts'
import type { PlatformParts } from './platform.ts'

/**
 * What AWS lets this program sign with, from the first place that is there at all, in the order of AWS's own SDKs: the environment, which Lambda
 * fills; a token of EKS that STS exchanges; the service of a container; that of an instance. A place that is there and does not work is a
 * failure and never falls through to another identity. Profiles are not read.
 */
export async function awsKey(parts: PlatformParts, endpoint: AwsEndpoint): Promise<AccessKey> {
  return (
    keyInEnvironment(parts.environment) ??
    (await keyByWebIdentity(parts, endpoint)) ??
    (await keyOfContainer(parts)) ??
    keyOfInstance(parts)
  )
}

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const

function keyInEnvironment(environment: Environment): AccessKey | undefined {
  const [accessKeyId, secretAccessKey] = NAMES.map((name) => given(environment[name]))
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Failure('configuration', `of ${NAMES.join(' and ')} only one is set`)
  }
  const sessionToken = given(environment['AWS_SESSION_TOKEN'])
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
