import { given } from '#client/settings.ts'
import type { Environment } from '#client/settings.ts'
import type { AccessKey } from '#lib/aws/signature.ts'
import { Failure } from '#lib/failure.ts'
import { keyIn } from './aws-key-answer.ts'
import type { PlatformParts, PlatformQuestion } from './platform.ts'
import { mustBeNear, mustTell, urlIn } from './platform.ts'

const CONTAINERS = {
  name: 'the container service of AWS',
  advice:
    'give the task (ECS) a task role, or the service account (EKS) an association with a role; AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI says where it is asked',
}

const RELATIVE = 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'
const FULL = 'AWS_CONTAINER_CREDENTIALS_FULL_URI'

/** The key of the role of a task (ECS), of a pod (EKS Pod Identity) or the like; `undefined` where the environment names no such service. */
export async function keyOfContainer(parts: PlatformParts): Promise<AccessKey | undefined> {
  const url = serviceIn(parts.environment)
  if (url === undefined) return undefined
  const authorization = await authorizationIn(parts)
  const question: PlatformQuestion = {
    url,
    headers: authorization === undefined ? {} : { Authorization: authorization },
  }
  return keyIn(await mustTell(parts.ask, CONTAINERS, question), CONTAINERS, question)
}

function serviceIn(environment: Environment): URL | undefined {
  const relative = given(environment[RELATIVE])
  if (relative !== undefined) {
    // Not a part of the host, whatever it is.
    const path = relative.startsWith('/') ? relative : `/${relative}`
    return urlIn(RELATIVE, `http://169.254.170.2${path}`)
  }
  const full = given(environment[FULL])
  return full === undefined ? undefined : mustBeNear(FULL, urlIn(FULL, full))
}

const TOKEN_FILE = 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'
const TOKEN = 'AWS_CONTAINER_AUTHORIZATION_TOKEN'

/** The file is read each time, since its token is replaced. */
async function authorizationIn({
  environment,
  readText,
}: PlatformParts): Promise<string | undefined> {
  const file = given(environment[TOKEN_FILE])
  const text = file === undefined ? given(environment[TOKEN]) : await readText(file)
  const token = text?.trim()
  if (token === undefined || /^[\x20-\x7e]+$/.test(token)) return token
  const name = file === undefined ? TOKEN : TOKEN_FILE
  throw new Failure('configuration', `the token of ${name} cannot be part of a request`)
}
