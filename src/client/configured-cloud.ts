import { Failure } from '#lib/failure.ts'
import type { Settings } from './settings.ts'
import type { CloudCredentials } from './strongroom-options.ts'

/** How each cloud is asked, by the types that the clients of the family know; `aws` is another name of `iam`. */
const CLOUDS: Readonly<Record<string, (settings: Settings) => CloudCredentials>> = {
  iam: iamCredentials,
  aws: iamCredentials,
  azure: azureCredentials,
  gcp: (settings) => ({ kind: 'gcp', hostId: hostIn(settings, 'gcp') }),
}

/** The types of authenticators that go by the word of a cloud. */
export const CLOUD_TYPES: readonly string[] = Object.keys(CLOUDS)

/** The credentials of a workload of a cloud; `undefined` when the type of authenticator is another one. Throws `configuration` when something is missing. */
export function cloudCredentials(settings: Settings): CloudCredentials | undefined {
  const { authnType = '' } = settings
  return Object.hasOwn(CLOUDS, authnType) ? CLOUDS[authnType]?.(settings) : undefined
}

function iamCredentials(settings: Settings): CloudCredentials {
  const { iamServerId: serverId } = settings
  return {
    kind: 'iam',
    service: serviceIn(settings, 'iam'),
    hostId: hostIn(settings, 'iam'),
    ...(serverId === undefined ? {} : { serverId }),
  }
}

function azureCredentials(settings: Settings): CloudCredentials {
  const { azureClientId: clientId, azureResource: resource } = settings
  return {
    kind: 'azure',
    service: serviceIn(settings, 'azure'),
    hostId: hostIn(settings, 'azure'),
    ...(clientId === undefined ? {} : { clientId }),
    ...(resource === undefined ? {} : { resource }),
  }
}

function serviceIn({ serviceId }: Settings, type: string): string {
  if (serviceId !== undefined) return serviceId
  throw new Failure('configuration', `Must specify a ServiceID when using ${type}`)
}

/** The host is named as a login or, as the clients of the family have it in their files, like that of a JWT. */
function hostIn({ login, jwtHostId }: Settings, type: string): string {
  const hostId = login ?? jwtHostId
  if (hostId !== undefined) return hostId
  throw new Failure('configuration', `Must specify a host when using ${type}`, {
    hint: 'CONJUR_AUTHN_LOGIN names it: host/PATH',
  })
}
