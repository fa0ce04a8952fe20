import { Failure } from '#lib/failure.ts'
import type { Credentials as Configured } from './credentials.ts'
import { isOfCloud } from './credentials.ts'
import type { Credentials } from './strongroom-options.ts'

/** The credentials of the user's configuration, as a program would give them; throws `configuration` when there are none. */
export function configuredCredentials(configured: Configured): Credentials {
  if (isOfCloud(configured)) return configured
  switch (configured.kind) {
    case 'anonymous':
      throw new Failure('configuration', 'the configuration names no credentials', {
        hint: 'set CONJUR_AUTHN_LOGIN and CONJUR_AUTHN_API_KEY or the like, or run `strongroom login`',
      })
    case 'apiKey':
    case 'token':
      return configured
    case 'tokenFile':
      return { kind: 'token', token: { file: configured.path } }
    case 'jwt': {
      const { service, hostId, proof } = configured
      const token = 'token' in proof ? proof.token : proof
      return { kind: 'jwt', service, token, ...(hostId === undefined ? {} : { hostId }) }
    }
    case 'certificate': {
      const { certFile, keyFile, ...rest } = configured
      return { ...rest, certificate: { file: certFile }, key: { file: keyFile } }
    }
  }
}
