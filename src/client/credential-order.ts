import { Failure, quoted } from '#lib/failure.ts'
import type { Credentials, JwtCredentials } from './credentials.ts'
import type { NetrcEntry } from './netrc.ts'
import type { Settings } from './settings.ts'

/** Where a pod finds its token. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/**
 * The credentials that `settings` name, in the order of the family (reference/broker-run-cli.md C.8): a file with a token, a token,
 * a JWT, a login with its key, and last what `storedLogin` finds; `anonymous` when there is nothing. The first way that is
 * named at all is taken, so a broken one is a failure and never falls through to another identity.
 */
export function chooseCredentials(
  settings: Settings,
  storedLogin: () => NetrcEntry | undefined,
): Credentials {
  if (settings.tokenFile !== undefined) return { kind: 'tokenFile', path: settings.tokenFile }
  if (settings.token !== undefined) return { kind: 'token', token: settings.token }
  if (settings.certificateService !== undefined) throw unsupported('cert')
  return jwtCredentials(settings) ?? keyCredentials(settings) ?? storedCredentials(storedLogin())
}

function jwtCredentials(settings: Settings): JwtCredentials | undefined {
  const { authnType, jwtToken, jwtFile, jwtHostId } = settings
  if (authnType !== undefined && !['authn', 'jwt'].includes(authnType)) throw unsupported(authnType)
  const service = settings.jwtService ?? (authnType === 'jwt' ? settings.serviceId : undefined)
  if (service === undefined) {
    if (authnType !== 'jwt') return undefined
    throw new Failure('configuration', 'Must specify a ServiceID when using jwt')
  }
  const proof = jwtToken === undefined ? { file: jwtFile ?? POD_TOKEN } : { token: jwtToken }
  return { kind: 'jwt', service, proof, ...(jwtHostId === undefined ? {} : { hostId: jwtHostId }) }
}

function keyCredentials({ login, apiKey }: Settings): Credentials | undefined {
  if (login === undefined || apiKey === undefined) return undefined
  return { kind: 'apiKey', login, key: apiKey }
}

function storedCredentials(entry: NetrcEntry | undefined): Credentials {
  if (entry === undefined) return { kind: 'anonymous' }
  return { kind: 'apiKey', login: entry.login, key: entry.password }
}

const unsupported = (type: string): Failure =>
  new Failure('configuration', `authentication by ${quoted(type)} is not supported here`, {
    hint: 'use an API key or a JWT',
  })
