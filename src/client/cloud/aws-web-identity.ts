import { given } from '#client/settings.ts'
import type { AccessKey } from '#lib/aws/signature.ts'
import { STS_NAMESPACE, STS_VERSION } from '#lib/aws/sts.ts'
import { parseDocument } from '#lib/aws/xml.ts'
import { Failure } from '#lib/failure.ts'
import type { AwsEndpoint } from './aws-endpoint.ts'
import type { PlatformParts, PlatformQuestion } from './platform.ts'
import { mustBeNear, mustTell, urlIn } from './platform.ts'

const STS = {
  name: 'AWS STS',
  advice:
    'the role of AWS_ROLE_ARN must trust the issuer of the token in AWS_WEB_IDENTITY_TOKEN_FILE, for this service account, and the host must be reachable',
}

const ENDPOINT = 'AWS_ENDPOINT_URL_STS'
const ACTION = 'AssumeRoleWithWebIdentity'

/** What the key is needed for takes a moment; this is the shortest time that there is, in seconds. */
const LIFE_SECONDS = '900'

/**
 * The key of a role that the Security Token Service gives for a token, as EKS has it for a service account; `undefined` where the environment names no
 * such token. The file is read each time, since the token in it is replaced.
 */
export async function keyByWebIdentity(
  { environment, ask, readText }: PlatformParts,
  { host }: AwsEndpoint,
): Promise<AccessKey | undefined> {
  const file = given(environment['AWS_WEB_IDENTITY_TOKEN_FILE'])
  if (file === undefined) return undefined
  const role = given(environment['AWS_ROLE_ARN'])
  if (role === undefined) {
    throw new Failure('configuration', 'AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not')
  }
  const parameters = {
    Action: ACTION,
    Version: STS_VERSION,
    RoleArn: role,
    RoleSessionName: given(environment['AWS_ROLE_SESSION_NAME']) ?? 'strongroom',
    DurationSeconds: LIFE_SECONDS,
    WebIdentityToken: (await readText(file)).trim(),
  }
  const question: PlatformQuestion = {
    url: mustBeNear(ENDPOINT, urlIn(ENDPOINT, given(environment[ENDPOINT]) ?? `https://${host}`)),
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams(parameters)),
  }
  return keyIn((await mustTell(ask, STS, question)).body)
}

async function keyIn(body: Uint8Array): Promise<AccessKey> {
  const document = await parseDocument(body, STS_NAMESPACE)
  const result = document.only(`${ACTION}Result`).only('Credentials')
  return {
    accessKeyId: result.text('AccessKeyId'),
    secretAccessKey: result.text('SecretAccessKey'),
    sessionToken: result.text('SessionToken'),
  }
}
