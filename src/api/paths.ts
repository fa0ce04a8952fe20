/**
 * The paths of the HTTP API: the server routes by them and the client fills them in, so the two cannot drift apart.
 * `:name` binds one segment, which may hold an encoded slash (`%2F`); `**:name` binds the rest, slashes and all.
 */
export const PATHS = {
  status: '/',
  alive: '/healthz',
  ready: '/readyz',
  openApi: '/openapi.json',
  whoami: '/whoami',
  login: '/authn/:account/login',
  authenticate: '/authn/:account/:login/authenticate',
  apiKey: '/authn/:account/api_key',
  password: '/authn/:account/password',
  loginLdap: '/authn-ldap/:service/:account/login',
  authenticateLdap: '/authn-ldap/:service/:account/:login/authenticate',
  oidcProviders: '/authn-oidc/:account/providers',
  authenticateOidc: '/authn-oidc/:service/:account/authenticate',
  authenticateOidcUnnamed: '/authn-oidc/:account/authenticate',
  authenticateIam: '/authn-iam/:service/:account/:login/authenticate',
  authenticateJwt: '/authn-jwt/:service/:account/authenticate',
  authenticateJwtAs: '/authn-jwt/:service/:account/:login/authenticate',
  injectClientCertificate: '/authn-k8s/:service/inject_client_cert',
  authenticateK8s: '/authn-k8s/:service/:account/:login/authenticate',
  k8sAuthority: '/authn-k8s/:service/:account/ca',
  authenticateCert: '/authn-cert/:service/:account/authenticate',
  authenticateCertAs: '/authn-cert/:service/:account/:login/authenticate',
  authenticateAzure: '/authn-azure/:service/:account/:login/authenticate',
  authenticateGcp: '/authn-gcp/:account/authenticate',
  policy: '/policies/:account/policy/**:id',
  secret: '/secrets/:account/:kind/**:id',
  secrets: '/secrets',
  secretValues: '/secrets/values',
  allResources: '/resources',
  resources: '/resources/:account',
  resourcesOfKind: '/resources/:account/:kind',
  resource: '/resources/:account/:kind/**:id',
  role: '/roles/:account/:kind/**:id',
  accounts: '/accounts',
  account: '/accounts/:account',
  hostFactoryTokens: '/host_factory_tokens',
  hostFactoryToken: '/host_factory_tokens/:token',
  hostFactoryHosts: '/host_factories/hosts',
  publicKeysOfUser: '/public_keys/:account/user/**:id',
  publicKeysOfKey: '/public_keys/:account/public_key/**:id',
  signCertificate: '/ca/:account/:service/sign',
  authenticators: '/authenticators',
  authenticatorsOf: '/authenticators/:account',
  authenticator: '/authenticators/:account/:type/:name',
  enableAuthenticator: '/:authenticator/:account',
  enableInstance: '/:authenticator/:service/:account',
  authenticatorStatus: '/:authenticator/:account/status',
  instanceStatus: '/:authenticator/:service/:account/status',
  explainAuthenticator: '/:authenticator/:account/explain',
  explainInstance: '/:authenticator/:service/:account/explain',
  branches: '/branches/:account',
  branch: '/branches/:account/**:id',
  groupMembers: '/groups/:account/**:path',
  metrics: '/metrics',
  issuers: '/issuers/:account',
  issuer: '/issuers/:account/:id',
  factors: '/mfa/:account/factors',
  factor: '/mfa/:account/factors/:id',
  totpFactors: '/mfa/:account/factors/totp',
  totpConfirmation: '/mfa/:account/factors/totp/:id/confirmation',
  recoveryCodes: '/mfa/:account/recovery-codes',
  mfaVerification: '/mfa/:account/verification',
  passkeyCeremonies: '/mfa/:account/passkey-ceremonies',
  passkeyCeremony: '/mfa/:account/passkey-ceremonies/:id',
  passkeyResponse: '/mfa/:account/passkey-ceremonies/:id/response',
  passkeyCompletion: '/mfa/:account/passkey-ceremonies/:id/completion',
  mfaPage: '/mfa',
  mfaPageScript: '/mfa/page.js',
  mfaPageStyle: '/mfa/page.css',
  audit: '/audit/:account',
  access: '/access/:account/:kind/**:id',
} as const

/** The names that a path pattern binds: `/a/:b/**:c` binds `b` and `c`. */
export type Bound<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? Bound<Head> | Bound<Tail>
  : Path extends `**:${infer Name}` | `:${infer Name}`
    ? Name
    : never

/** The path of `pattern` with its names filled in, each percent-encoded as one segment (a slash becomes `%2F`). */
export function fillPath<const Path extends string>(
  pattern: Path,
  values: Readonly<Record<Bound<Path>, string>>,
): string {
  const given: Readonly<Record<string, string>> = values
  return pattern.replaceAll(/(?:\*\*)?:([a-z]+)/gi, (_, name: string) =>
    encodeURIComponent(given[name] ?? ''),
  )
}
