import { field, URI } from './authenticator-field.ts'
import type { AuthenticatorField } from './authenticator-field.ts'
import { AZURE, IAM } from './cloud-fields.ts'
import {
  certificates,
  duration,
  httpUri,
  ldapUri,
  oneOf,
  portNumber,
  seconds,
  truth,
} from './setting-shapes.ts'

/** A type of authenticator (reference/conjur-api.md 1.13), whether this server has it or not: it can be configured ahead. */
export interface AuthenticatorType {
  /** Its name in the v2 API. */
  readonly name: string
  /** Its name everywhere else. */
  readonly authenticator: string
  /** What is set by variables. */
  readonly fields: readonly AuthenticatorField[]
  /** What is set by annotations of the webservice. */
  readonly annotations?: readonly AuthenticatorField[]
  /** Whether there is one of it in an account, which then has no name of its own. */
  readonly isSingle?: true
}

const providerUri = (more: Partial<AuthenticatorField> = {}): AuthenticatorField =>
  field(
    'provider-uri',
    'the OpenID Connect provider: the address below which it publishes its configuration',
    {
      longest: URI,
      shape: httpUri,
      ...more,
    },
  )

const caCert = (of: string): AuthenticatorField =>
  field('ca-cert', `the authorities that alone may vouch for ${of}, PEM`, { shape: certificates })

/** How the API server of a cluster is reached from outside of it. */
const KUBERNETES: readonly AuthenticatorField[] = [
  field('kubernetes/ca-cert', 'the authorities that alone may vouch for the API server, PEM', {
    shape: certificates,
  }),
  field('kubernetes/service-account-token', 'the token with which the API server is asked', {
    isSecret: true,
  }),
  field('kubernetes/api-url', 'the address of the API server', { shape: httpUri }),
]

const JWT: readonly AuthenticatorField[] = [
  field(
    'jwks-uri',
    'where the issuer publishes its keys; exactly one of this, `provider-uri` and `public-keys`',
    {
      longest: URI,
    },
  ),
  providerUri(),
  field('public-keys', 'the keys themselves: `{"type":"jwks","value":{"keys":[…]}}`', {
    form: 'object',
    longest: 10_000,
  }),
  field('issuer', 'the `iss` that tokens must have; required with `public-keys`', { longest: URI }),
  field(
    'audience',
    'the `aud` that tokens must have; without it, a token made for another service is accepted',
    {
      longest: 1000,
    },
  ),
  caCert('the host of `jwks-uri` or `provider-uri`'),
  field(
    'clock-leeway',
    'seconds, at most 300, by which the clock of the issuer may differ; without it 5 for `nbf` and `iat`, and none for `exp`',
    {
      shape: seconds(300),
    },
  ),
  field(
    'token-app-property',
    'the path of the claim that names the host; without it the request names the host',
    {
      isIdentity: true,
      longest: 1000,
    },
  ),
  field('identity-path', 'the policy that the named host is in', { isIdentity: true }),
  field(
    'enforced-claims',
    'the claims that every host must state a condition for, between commas',
    {
      isIdentity: true,
      form: 'list',
    },
  ),
  field('claim-aliases', 'pairs `alias:claim` between commas: annotations use the alias', {
    isIdentity: true,
    form: 'pairs',
  }),
  field(
    'kubernetes/token-review',
    '`true` asks the API server of the cluster whether a token still holds, so that it dies with its pod',
    {
      shape: truth,
    },
  ),
  ...KUBERNETES,
]

const OIDC: readonly AuthenticatorField[] = [
  providerUri({ isRequired: true }),
  field(
    'id-token-user-property',
    'the claim that names the user in an ID token that a client brings along; this, or the settings of the code flow, or both',
    {
      longest: URI,
    },
  ),
  field(
    'audience',
    'the `aud` that ID tokens which clients bring along must have; `client-id` when absent',
    { longest: 1000 },
  ),
  field('client-id', 'the id under which the provider knows this server', { longest: 1000 }),
  field('client-secret', 'the secret that goes with it', { isSecret: true }),
  field('redirect-uri', 'where the provider sends users back to', { shape: httpUri }),
  field('claim-mapping', 'the claim that names the user, in the code flow', { longest: URI }),
  field('name', 'what the provider is called on a login page'),
  caCert('the provider'),
  field(
    'token-ttl',
    'how long access tokens live, as an ISO 8601 duration up to `PT5H`; `PT60M` in the code flow when absent',
    { shape: duration },
  ),
  field('provider-scope', 'further scopes to ask for, between spaces', { longest: 1000 }),
  field(
    'groups-claim',
    'the path of the claim that lists the groups of the user; `groups` when absent',
    {
      longest: 1000,
    },
  ),
  field(
    'group-roles',
    'which group of the provider confirms which role: `{"GROUP":"group:ID","OTHER":["group:ID","layer:ID"]}`',
    { form: 'object', longest: 10_000 },
  ),
]

const annotation = (
  name: string,
  meaning: string,
  more: Pick<Partial<AuthenticatorField>, 'longest' | 'shape'> = {},
): AuthenticatorField => field(name, meaning, { isAnnotation: true, ...more })

const LDAP: readonly AuthenticatorField[] = [
  field('bind-password', 'the password with which the directory is searched', { isSecret: true }),
  field('tls-ca-cert', 'the authorities that alone may vouch for the directory, PEM', {
    shape: certificates,
  }),
  field('tls-cert', 'another name of `tls-ca-cert`, which counts first', { shape: certificates }),
]

/** How a connection to a directory may be protected. */
const LDAP_CONNECT_TYPES = ['ssl', 'tls', 'start_tls', 'plain']

const LDAP_ANNOTATIONS: readonly AuthenticatorField[] = [
  annotation('ldap-authn/uri', 'the address of the directory: `ldaps://HOST` or `ldap://HOST`', {
    shape: ldapUri,
  }),
  annotation('ldap-authn/host', 'its host, instead of that of the address'),
  annotation('ldap-authn/port', 'its port; 636 for `ssl` and 389 otherwise when absent', {
    shape: portNumber,
  }),
  annotation(
    'ldap-authn/connect_type',
    '`ssl` for TLS from the first byte; `start_tls`, or `tls`, for TLS after a word in the clear; `plain` for none',
    { shape: oneOf(LDAP_CONNECT_TYPES) },
  ),
  annotation('ldap-authn/base_dn', 'the name below which users are searched'),
  annotation(
    'ldap-authn/bind_dn',
    'the name with which the directory is searched; none when absent',
  ),
  annotation(
    'ldap-authn/filter_template',
    'the filter that finds a user; `%s` stands for the login. `(&(objectClass=posixAccount)(uid=%s))` when absent',
    { longest: 1000 },
  ),
]

const CERT: readonly AuthenticatorField[] = [
  field(
    'ca-cert',
    'the authorities that vouch for clients, PEM: at least one root, which has signed itself, and what is below it that clients do not send',
    { isRequired: true, shape: certificates },
  ),
  field(
    'host-mode',
    'who says which host it is: `request` (the path of the request; so when absent), `spiffe` (the SPIFFE id in the certificate) or `dns` (its only DNS name)',
    { shape: oneOf(['request', 'spiffe', 'dns']) },
  ),
  field('trust-domain', 'the SPIFFE trust domain that ids must be of; required with `spiffe`', {
    longest: URI,
  }),
  field(
    'identity-path',
    'the policy that the named hosts are in; required with `spiffe` and `dns`',
    {
      longest: 1000,
    },
  ),
  field(
    'crl',
    'revocation lists, PEM, or one in base64: of every authority that signs clients; this or `crl-url`',
  ),
  field('crl-url', 'where such a list is fetched, PEM or DER', { longest: URI, shape: httpUri }),
  field(
    'san-uri',
    'all these URIs, between commas, must be in every certificate; `*` is a segment',
    {
      form: 'list',
    },
  ),
  field(
    'san-dns',
    'all these DNS names, between commas, must be in every certificate; `*` begins a label or is one',
    { form: 'list' },
  ),
  field('san-ip', 'all these IP addresses, between commas, must be in every certificate', {
    form: 'list',
  }),
  field('cn', 'the common name that every certificate must have; `*` as in `san-dns`'),
]

/** All types, by name. */
export const AUTHENTICATOR_TYPES: readonly AuthenticatorType[] = [
  { name: 'aws', authenticator: 'authn-iam', fields: IAM },
  { name: 'azure', authenticator: 'authn-azure', fields: AZURE },
  { name: 'cert', authenticator: 'authn-cert', fields: CERT },
  { name: 'gcp', authenticator: 'authn-gcp', fields: [], isSingle: true },
  { name: 'jwt', authenticator: 'authn-jwt', fields: JWT },
  {
    name: 'k8s',
    authenticator: 'authn-k8s',
    fields: [
      ...KUBERNETES,
      field('ca/key', 'the key of the authority that signs the certificates of pods, PEM', {
        isRequired: true,
        isSecret: true,
      }),
      field(
        'ca/cert',
        'the certificate of that authority, PEM; those of others after it count as well',
        {
          isRequired: true,
          shape: certificates,
        },
      ),
      field('source-address', '`true` demands that a pod calls from an address of its own', {
        shape: truth,
      }),
      field(
        'kubernetes/exec-timeout',
        'seconds, at most 60, that placing a certificate in a pod may take; 5 without it',
        { shape: seconds(60) },
      ),
    ],
  },
  {
    name: 'ldap',
    authenticator: 'authn-ldap',
    fields: LDAP,
    annotations: LDAP_ANNOTATIONS,
  },
  { name: 'oidc', authenticator: 'authn-oidc', fields: OIDC },
]

/** The type that is called `jwt` or `authn-jwt`; `undefined` for an unknown one. */
export const authenticatorType = (name: string): AuthenticatorType | undefined =>
  AUTHENTICATOR_TYPES.find((type) => type.name === name || type.authenticator === name)

/** The settings of an authenticator that is in the table; throws for one that is not, which is a mistake of ours. */
export function settingsOfType(authenticator: string): readonly AuthenticatorField[] {
  const type = authenticatorType(authenticator)
  if (type === undefined) throw new Error(`${authenticator} is not in the table of authenticators`)
  return [...type.fields, ...(type.annotations ?? [])]
}
