import { Failure, quoted } from '#lib/failure.ts'

/** The name of a setting. */
export type SettingName =
  | 'url'
  | 'account'
  | 'certificate'
  | 'certFile'
  | 'netrcPath'
  | 'authnType'
  | 'serviceId'
  | 'httpTimeout'
  | 'credentialStorage'
  | 'credentialStorageMode'
  | 'login'
  | 'apiKey'
  | 'token'
  | 'tokenFile'
  | 'jwtService'
  | 'jwtToken'
  | 'jwtFile'
  | 'jwtHostId'
  | 'certificateService'
  | 'clientCertFile'
  | 'clientKeyFile'
  | 'certificateHostId'
  | 'azureClientId'
  | 'azureResource'
  | 'iamServerId'

/** What a setting is called in the environment and in files, there the older spelling last. */
export interface SettingSource {
  readonly env: string
  /** Empty for what is taken from the environment alone. */
  readonly file: readonly string[]
}

/** The settings of the Conjur family's clients (reference/broker-run-cli.md D.4, conjur-api.md 8.1), and last two of our own. */
export const SETTINGS: Readonly<Record<SettingName, SettingSource>> = {
  url: { env: 'CONJUR_APPLIANCE_URL', file: ['appliance_url', 'conjur_url'] },
  account: { env: 'CONJUR_ACCOUNT', file: ['account', 'conjur_account'] },
  certificate: { env: 'CONJUR_SSL_CERTIFICATE', file: [] },
  certFile: { env: 'CONJUR_CERT_FILE', file: ['cert_file'] },
  netrcPath: { env: 'CONJUR_NETRC_PATH', file: ['netrc_path'] },
  authnType: { env: 'CONJUR_AUTHN_TYPE', file: ['authn_type'] },
  serviceId: { env: 'CONJUR_SERVICE_ID', file: ['service_id'] },
  httpTimeout: { env: 'CONJUR_HTTP_TIMEOUT', file: ['http_timeout'] },
  credentialStorage: { env: 'CONJUR_CREDENTIAL_STORAGE', file: ['credential_storage'] },
  credentialStorageMode: {
    env: 'CONJUR_CREDENTIAL_STORAGE_MODE',
    file: ['credential_storage_mode'],
  },
  login: { env: 'CONJUR_AUTHN_LOGIN', file: [] },
  apiKey: { env: 'CONJUR_AUTHN_API_KEY', file: [] },
  token: { env: 'CONJUR_AUTHN_TOKEN', file: [] },
  tokenFile: { env: 'CONJUR_AUTHN_TOKEN_FILE', file: [] },
  jwtService: { env: 'CONJUR_AUTHN_JWT_SERVICE_ID', file: [] },
  jwtToken: { env: 'CONJUR_AUTHN_JWT_TOKEN', file: [] },
  jwtFile: { env: 'JWT_TOKEN_PATH', file: ['jwt_file'] },
  jwtHostId: { env: 'CONJUR_AUTHN_JWT_HOST_ID', file: ['jwt_host_id'] },
  certificateService: { env: 'CONJUR_AUTHN_CERT_SERVICE_ID', file: [] },
  clientCertFile: { env: 'CONJUR_AUTHN_CERT_FILE', file: ['client_cert_file'] },
  clientKeyFile: { env: 'CONJUR_AUTHN_CERT_KEY_FILE', file: ['client_cert_key_file'] },
  certificateHostId: { env: 'CONJUR_AUTHN_CERT_HOST_ID', file: ['cert_host_id'] },
  azureClientId: { env: 'CONJUR_AUTHN_AZURE_CLIENT_ID', file: ['azure_client_id'] },
  azureResource: { env: 'STRONGROOM_AUTHN_AZURE_RESOURCE', file: ['azure_resource'] },
  iamServerId: { env: 'STRONGROOM_AUTHN_IAM_SERVER_ID', file: ['iam_server_id'] },
}

/** What the configuration says: one text for each setting that it mentions. */
export type Settings = Readonly<Partial<Record<SettingName, string>>>

/** Environment variables by name; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where settings come from. */
export interface SettingSources {
  readonly environment: Environment
  /** The user's home directory. */
  readonly home: string
  /** The content of a file, `undefined` when there is none; throws when it cannot be read. */
  readonly readText: (path: string) => string | undefined
}

const SYSTEM_FILE = '/etc/conjur.conf'

/** The file in which the user's configuration is kept. */
export const userFile = ({ environment, home }: Omit<SettingSources, 'readText'>): string =>
  given(environment['CONJURRC']) ?? `${home}/.conjurrc`

/** Our own file, which clients of other makes do not see: what it says goes before what they share. */
export const ownFile = ({ environment, home }: Omit<SettingSources, 'readText'>): string =>
  `${given(environment['XDG_CONFIG_HOME']) ?? `${home}/.config`}/strongroom/cli.yml`

/**
 * The settings of `/etc/conjur.conf`, over them those of the file in `CONJURRC` or `~/.conjurrc`, over them those of
 * `~/.config/strongroom/cli.yml`, over them those of the environment, where a value of white space alone counts as absent. Throws
 * `configuration` for a file that is not a flat YAML mapping.
 */
export async function readSettings(sources: SettingSources): Promise<Settings> {
  return {
    ...(await settingsOfFile(SYSTEM_FILE, sources)),
    ...(await settingsOfFile(userFile(sources), sources)),
    ...(await settingsOfFile(ownFile(sources), sources)),
    ...collect(({ env }) => given(sources.environment[env])),
  }
}

async function settingsOfFile(path: string, { readText }: SettingSources): Promise<Settings> {
  const text = readText(path)
  if (text === undefined || text.trim() === '') return {}
  const members = await parseFlatYaml(path, text)
  return collect(({ file }) => file.map((key) => given(members.get(key))).find(isGiven))
}

/** YAML is loaded only where there is a file: programs that are configured by their environment start without it. */
async function parseFlatYaml(path: string, text: string): Promise<ReadonlyMap<string, string>> {
  const { isMap, isScalar, parseDocument } = await import('yaml')
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false })
  const { contents, errors } = document
  if (errors[0] !== undefined || (contents !== null && !isMap(contents))) {
    throw new Failure('configuration', `${quoted(path)} is not a YAML mapping`, {
      cause: errors[0],
    })
  }
  const pairs = (contents?.items ?? []).map(
    ({ key, value }) =>
      [isScalar(key) ? String(key.value) : '', isScalar(value) ? String(value.value) : ''] as const,
  )
  return new Map(pairs)
}

function collect(value: (source: SettingSource) => string | undefined): Settings {
  const pairs = Object.entries(SETTINGS).map(([name, source]) => [name, value(source)] as const)
  return Object.fromEntries(pairs.filter(([, text]) => isGiven(text)))
}

/** `text`, unless it is of white space alone, which counts as absent. */
export const given = (text: string | undefined): string | undefined =>
  text === undefined || text.trim() === '' ? undefined : text

const isGiven = (text: string | undefined): text is string => text !== undefined
