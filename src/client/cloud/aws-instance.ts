import { given } from '#client/settings.ts'
import type { Environment } from '#client/settings.ts'
import type { AccessKey } from '#lib/aws/signature.ts'
import { Failure } from '#lib/failure.ts'
import { keyIn } from './aws-key-answer.ts'
import type { PlatformParts, PlatformQuestion } from './platform.ts'
import { mustTell, senseless, urlIn } from './platform.ts'

const INSTANCES = {
  name: 'EC2',
  advice:
    'this machine is no instance of EC2, or has no role (a container on one needs a hop limit of 2); elsewhere the environment has the credentials, as `aws configure export-credentials --format env` prints them',
}

const ENDPOINT = 'AWS_EC2_METADATA_SERVICE_ENDPOINT'
const ROLES = '/latest/meta-data/iam/security-credentials/'

/** The key of the role of an instance of EC2, by the second version of its metadata service alone: the first gives it to whoever can be made to fetch a URL. */
export async function keyOfInstance({ environment, ask }: PlatformParts): Promise<AccessKey> {
  const base = serviceIn(environment)
  const tell = async (question: PlatformQuestion): Promise<string> =>
    (await mustTell(ask, INSTANCES, question)).body.toString().trim()
  const session = await tell({
    url: new URL('/latest/api/token', base),
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
  })
  if (!/^[\x21-\x7e]+$/.test(session)) {
    throw senseless(INSTANCES, { url: new URL('/latest/api/token', base) }, 'is no token')
  }
  const headers = { 'X-aws-ec2-metadata-token': session }
  const roles: PlatformQuestion = { url: new URL(ROLES, base), headers }
  const role = await tell(roles)
  if (!/^[\w+=,.@-]{1,64}$/.test(role)) throw senseless(INSTANCES, roles, 'names no role')
  const question: PlatformQuestion = { url: new URL(ROLES + role, base), headers }
  return keyIn(await mustTell(ask, INSTANCES, question), INSTANCES, question)
}

function serviceIn(environment: Environment): URL {
  if (given(environment['AWS_EC2_METADATA_DISABLED'])?.toLowerCase() === 'true') {
    throw new Failure('configuration', 'there are no credentials of AWS here', {
      hint: 'AWS_EC2_METADATA_DISABLED forbids to ask EC2, and the environment has none',
    })
  }
  const isIpv6 = given(environment[`${ENDPOINT}_MODE`])?.toLowerCase() === 'ipv6'
  const usual = isIpv6 ? 'http://[fd00:ec2::254]' : 'http://169.254.169.254'
  return urlIn(ENDPOINT, given(environment[ENDPOINT]) ?? usual)
}
