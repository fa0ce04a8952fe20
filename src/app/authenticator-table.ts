/** One variable that configures an authenticator, and the member of the v2 API's `data` that stands for it. */
export interface AuthenticatorField {
  /** The name of the variable below the webservice: `jwks-uri`. */
  readonly variable: string
  /** The name on the wire: `jwks_uri`. */
  readonly name: string
  /** What the member holds; a variable holds text, whose items are separated by commas. */
  readonly form: 'text' | 'object' | 'list' | 'pairs'
  /** Whether the member stands in the object `identity`. */
  readonly isIdentity?: true
  readonly isRequired?: true
  /** The longest text, in UTF-16 code units. */
  readonly longest?: number
}

/** A type of authenticator (reference/conjur-api.md 1.13), whether this server has it or not: it can be configured ahead. */
export interface AuthenticatorType {
  /** Its name in the v2 API. */
  readonly name: string
  /** Its name everywhere else. */
  readonly authenticator: string
  readonly fields: readonly AuthenticatorField[]
  /** Whether there is one of it in an account, which then has no name of its own. */
  readonly isSingle?: true
}

const field = (
  variable: string,
  more: Partial<Omit<AuthenticatorField, 'variable'>> = {},
): AuthenticatorField => ({ variable, name: variable.replaceAll('-', '_'), form: 'text', ...more })

/** The longest URI, in UTF-16 code units. */
const URI = 255

/** All types, by name. */
const AUTHENTICATOR_TYPES: readonly AuthenticatorType[] = [
  { name: 'aws', authenticator: 'authn-iam', fields: [] },
  {
    name: 'azure',
    authenticator: 'authn-azure',
    fields: [field('provider-uri', { isRequired: true, longest: URI })],
  },
  { name: 'gcp', authenticator: 'authn-gcp', fields: [], isSingle: true },
  {
    name: 'jwt',
    authenticator: 'authn-jwt',
    fields: [
      field('jwks-uri', { longest: URI }),
      field('public-keys', { form: 'object', longest: 10_000 }),
      field('issuer', { longest: URI }),
      field('audience', { longest: 1000 }),
      field('ca-cert'),
      field('token-app-property', { isIdentity: true, longest: 1000 }),
      field('identity-path', { isIdentity: true }),
      field('enforced-claims', { isIdentity: true, form: 'list' }),
      field('claim-aliases', { isIdentity: true, form: 'pairs' }),
    ],
  },
  {
    name: 'k8s',
    authenticator: 'authn-k8s',
    fields: [
      field('kubernetes/ca-cert'),
      field('kubernetes/service-account-token'),
      field('kubernetes/api-url'),
      field('ca/key', { isRequired: true }),
      field('ca/cert', { isRequired: true }),
    ],
  },
  {
    name: 'ldap',
    authenticator: 'authn-ldap',
    fields: [field('bind-password'), field('tls-ca-cert')],
  },
  {
    name: 'oidc',
    authenticator: 'authn-oidc',
    fields: [
      field('provider-uri', { isRequired: true, longest: URI }),
      field('id-token-user-property', { longest: URI }),
      field('client-id'),
      field('client-secret'),
      field('redirect-uri'),
      field('claim-mapping'),
      field('name'),
      field('ca-cert'),
      field('token-ttl'),
      field('provider-scope'),
    ],
  },
]

/** The type that is called `jwt` or `authn-jwt`; `undefined` for an unknown one. */
export const authenticatorType = (name: string): AuthenticatorType | undefined =>
  AUTHENTICATOR_TYPES.find((type) => type.name === name || type.authenticator === name)
