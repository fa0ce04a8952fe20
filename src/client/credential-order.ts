import { Failure, quoted } from '#lib/failure.ts'
import { CLOUD_TYPES, cloudCredentials } from './configured-cloud.ts'
import type { CertificateCredentials, Credentials, JwtCredentials } from './credentials.ts'
import { TOKEN_LOGIN } from './credentials.ts'
import type { Settings } from './settings.ts'
import type { StoredLogin } from './stored-login.ts'

/** Where a pod finds its token. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/**
 * The credentials that `settings` name, in the order of the family (reference/broker-run-cli.md C.8): a file with a token, a token,
 * a certificate, a JWT, a login with its key, the word of a cloud, and last what `storedLogin` finds; `anonymous` when there is nothing. The first
 * way that is named at all is taken, so a broken one is a failure and never falls through to another identity.
 */
export async function chooseCredentials(
  settings: Settings,
  storedLogin: () => Promise<StoredLogin | undefined>,
): Promise<Credentials> {
  if (settings.tokenFile !== undefined) return { kind: 'tokenFile', path: settings.tokenFile }
  if (settings.token !== undefined) return { kind: 'token', token: settings.token }
  const { authnType } = settings
  if (authnType !== undefined && !KNOWN.has(authnType)) throw unsupported(authnType)
  const given =
    certificateCredentials(settings) ??
    jwtCredentials(settings) ??
    keyCredentials(settings) ??
    cloudCredentials(settings)
  return given ?? storedCredentials(await storedLogin())
}

/** The ways to log in: `ldap` and `oidc` leave behind what is kept, an API key or a token. */
const KNOWN: ReadonlySet<string> = new Set(['authn', 'cert', 'jwt', 'ldap', 'oidc', ...CLOUD_TYPES])

function certificateCredentials(settings: Settings): CertificateCredentials | undefined {
  const { authnType, certificateService, clientCertFile, clientKeyFile } = settings
  if (certificateService === undefined && authnType !== 'cert') return undefined
  const service = certificateService ?? settings.serviceId
  if (service === undefined) {
    throw new Failure('configuration', 'Must specify a ServiceID when using cert')
  }
  if (clientCertFile === undefined || clientKeyFile === undefined) {
    throw new Failure('configuration', 'Must specify a certificate and its key when using cert', {
      hint: 'CONJUR_AUTHN_CERT_FILE and CONJUR_AUTHN_CERT_KEY_FILE name the files',
    })
  }
  const hostId = settings.certificateHostId
  return {
    kind: 'certificate',
    service,
    certFile: clientCertFile,
    keyFile: clientKeyFile,
    ...(hostId === undefined ? {} : { hostId }),
  }
}

function jwtCredentials(settings: Settings): JwtCredentials | undefined {
  const { authnType, jwtToken, jwtFile, jwtHostId } = settings
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

function storedCredentials(entry: StoredLogin | undefined): Credentials {
  if (entry === undefined) return { kind: 'anonymous' }
  if (entry.login === TOKEN_LOGIN) return { kind: 'token', token: entry.password }
  return { kind: 'apiKey', login: entry.login, key: entry.password }
}

const unsupported = (type: string): Failure =>
  new Failure('configuration', `authentication by ${quoted(type)} is not supported here`, {
    hint: 'authn_type is authn, ldap, oidc, jwt, cert, iam, azure or gcp',
  })
