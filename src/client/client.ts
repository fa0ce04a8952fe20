import type { AccessExplanationBody, AccessListBody } from '#api/access-wire.ts'
import { maskedPath } from '#api/masked-path.ts'
import type { OidcProviderBody } from '#api/oidc-wire.ts'
import type { CreatedHostBody, HostFactoryTokenBody } from '#api/host-factory-wire.ts'
import type { IssuerBody, IssuerUpdateBody, NewIssuerBody } from '#api/issuer-wire.ts'
import { PATHS } from '#api/paths.ts'
import type { DryRunBody } from '#api/dry-run.ts'
import type {
  AuditEntryBody,
  MembershipBody,
  PolicyLoadBody,
  ResourceBody,
  RoleBody,
  RoleEdgeBody,
  WhoAmIBody,
} from '#api/wire.ts'
import { isWhoAmI } from '#api/wire.ts'
import { explainAccess, listAccess } from './access.ts'
import { bodyOf } from './answers.ts'
import { rotateKeyOf, rotateOwnKey } from './api-keys.ts'
import type { AuditFilter } from './audit-trail.ts'
import { fetchAudit } from './audit-trail.ts'
import type { PasswordLogin } from './authentication.ts'
import { changePassword, exchangePassword, tokenHolder } from './authentication.ts'
import { authenticatorVerbs } from './authenticator-verbs.ts'
import type { AuthenticatorVerbs } from './authenticator-verbs.ts'
import type { Credentials } from './credentials.ts'
import type { HostOrder, TokenOrder } from './host-factories.ts'
import { createHost, createHostFactoryTokens, revokeHostFactoryToken } from './host-factories.ts'
import type { OidcGrant } from './oidc.ts'
import { authenticateByOidc, fetchOidcProvider } from './oidc.ts'
import { createIssuer, deleteIssuer, fetchIssuer, listIssuers, updateIssuer } from './issuers.ts'
import type { PolicyQuery, PolicyText } from './policies.ts'
import { fetchPolicy, loadPolicy, tryPolicy } from './policies.ts'
import { fetchPublicKeys } from './public-keys.ts'
import type { ResourceFilter } from './resources.ts'
import {
  checkPermission,
  countResources,
  fetchResource,
  listPermittedRoles,
  listResources,
  resourceExists,
} from './resources.ts'
import {
  changeMember,
  countMembers,
  fetchRole,
  fetchRoleGraph,
  listMembers,
  listMemberships,
  listRolesHeld,
  roleExists,
} from './roles.ts'
import type { MemberFilter } from './roles.ts'
import type { SecondFactorVerbs } from './second-factors.ts'
import { secondFactorVerbs } from './second-factors.ts'
import { fetchReadableSecrets, fetchSecrets } from './secret-batches.ts'
import { clearSecret, expireSecret, fetchSecret, storeSecret } from './secrets.ts'
import { parseServerUrl } from './server-address.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import type { Environment } from './settings.ts'
import type { ProveFactor } from './step-up.ts'
import { steppingUp } from './step-up.ts'
import { steppableTokens } from './token-holder.ts'
import type { ClientIdentity, Transport } from './transport.ts'
import { openTransport } from './transport.ts'

/** A request and how it ended, as it may be shown: no query, no header, no body. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly status: number
}

/** What a client needs to know. */
export interface ClientOptions {
  readonly url: string
  readonly account: string
  /** The certificates to trust, in PEM, instead of those of the system. */
  readonly caPem?: string
  readonly credentials: Credentials
  /** Where the cloud of a workload says how to ask it, instead of `process.env`. */
  readonly environment?: Environment
  /** For the whole of a request, in milliseconds; a minute when absent. */
  readonly timeoutMs?: number
  /** Cancels what is under way; it then throws `unavailable`. */
  readonly signal?: AbortSignal
  /** Is told of each answer. */
  readonly observe?: (exchange: Exchange) => void
  /** Proves a second factor where the server demands one; the demand is a failure when absent. */
  readonly proveFactor?: ProveFactor
}

/**
 * A Strongroom or Conjur server as its clients see it. Every method throws a `Failure`: the server's refusal under the code
 * of its status, `unreachable` when there is no answer, `untrusted` when the server cannot prove who it is, and `corrupt`
 * when what it says makes no sense. Ids of variables are given as `db/password`, other ids as `kind:id`; full ids will do.
 */
export interface Client extends AuthenticatorVerbs, SecondFactorVerbs {
  /** The account that short ids are of. */
  readonly account: string
  /** The API key that a password (or an API key) is exchanged for. */
  login(login: PasswordLogin): Promise<string>
  /** Replaces the password of whoever knows the present one or the API key. */
  changePassword(login: PasswordLogin, replacement: string): Promise<void>
  /** Where a person logs in by OpenID Connect for the authenticator `service`. */
  oidcProvider(service: string): Promise<OidcProviderBody>
  /** The access token, as JSON, that a code of such a provider is exchanged for. */
  authenticateByOidc(service: string, grant: OidcGrant): Promise<string>
  /** The value of an `Authorization` header that is valid now. */
  authenticate(): Promise<string>
  /** The access token of such a header, as JSON. */
  accessToken(): Promise<string>
  whoami(): Promise<WhoAmIBody>
  secret(id: string, options?: { readonly version?: number }): Promise<Buffer>
  secrets(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** The values of those variables that the caller may read; the others are not in the map. */
  readableSecrets(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  setSecret(id: string, value: Uint8Array): Promise<void>
  /** Removes all versions of a value. */
  clearSecret(id: string): Promise<void>
  /** Makes a value due for rotation. */
  expireSecret(id: string): Promise<void>
  loadPolicy(policy: PolicyText): Promise<PolicyLoadBody>
  tryPolicy(policy: PolicyText): Promise<DryRunBody>
  fetchPolicy(query: PolicyQuery): Promise<string>
  resource(id: string): Promise<ResourceBody>
  resourceExists(id: string): Promise<boolean>
  resources(filter: ResourceFilter): Promise<readonly ResourceBody[]>
  countResources(filter: ResourceFilter): Promise<number>
  check(resource: string, privilege: string, role?: string): Promise<boolean>
  /** Everybody who may do `privilege` to `resource`. */
  permittedRoles(resource: string, privilege: string): Promise<readonly string[]>
  /** Why `role` may do `privilege` to `resource`, or what is missing. */
  explainAccess(role: string, privilege: string, resource: string): Promise<AccessExplanationBody>
  /** Everybody who may do `privilege` to `resource`, of one kind if that is named, and how they got there. */
  access(privilege: string, resource: string, kind?: string): Promise<AccessListBody>
  role(id: string): Promise<RoleBody>
  roleExists(id: string): Promise<boolean>
  members(role: string, filter?: MemberFilter): Promise<readonly MembershipBody[]>
  countMembers(role: string, filter?: MemberFilter): Promise<number>
  /** What `role` holds directly. */
  memberships(role: string): Promise<readonly MembershipBody[]>
  /** `role` and all that it holds, directly or through others. */
  rolesHeld(role: string): Promise<readonly string[]>
  roleGraph(role: string): Promise<readonly RoleEdgeBody[]>
  addMember(role: string, member: string): Promise<void>
  removeMember(role: string, member: string): Promise<void>
  /** Replaces the API key of `role`, or the caller's own. */
  rotateApiKey(role?: string): Promise<string>
  audit(filter: AuditFilter): Promise<readonly AuditEntryBody[]>
  createHostFactoryTokens(order: TokenOrder): Promise<readonly HostFactoryTokenBody[]>
  revokeHostFactoryToken(token: string): Promise<void>
  /** Makes a host by a host factory token; the credentials of the client have no part in it. */
  createHost(token: string, order: HostOrder): Promise<CreatedHostBody>
  /** Makes an issuer of dynamic secrets. */
  createIssuer(issuer: NewIssuerBody): Promise<IssuerBody>
  issuer(id: string): Promise<IssuerBody>
  issuers(): Promise<readonly IssuerBody[]>
  updateIssuer(id: string, update: IssuerUpdateBody): Promise<IssuerBody>
  /** Deletes an issuer, and its variables unless they are to be kept. */
  deleteIssuer(id: string, options?: { readonly keepSecrets?: boolean }): Promise<void>
  /** The public keys of a user, one a line; nobody needs credentials for that. */
  publicKeys(user: string): Promise<Buffer>
  /** Closes the connections; the client can still be used. */
  close(): void
}

const TIMEOUT_MS = 60_000

/** A client; it connects when it is first used. Throws `configuration` for a URL that is not that of a server. */
export function createClient(options: ClientOptions): Client {
  const { account, credentials, environment = process.env } = options
  const address = parseServerUrl(options.url)
  const open = (identity?: ClientIdentity): Transport =>
    observed(
      openTransport({
        ...options,
        address,
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        ...(identity === undefined ? {} : { identity }),
      }),
      options.observe,
    )
  const transport = open()
  const now = (): number => performance.now()
  const parts = { transport, account, environment, now, openShowing: open }
  const tokens = steppableTokens(tokenHolder(credentials, parts), now)
  const session = steppingUp(openSession(account, transport, tokens), tokens, options.proveFactor)
  return {
    account,
    login: (login) => exchangePassword(transport, account, login),
    changePassword: (login, replacement) => changePassword(transport, account, login, replacement),
    oidcProvider: (service) => fetchOidcProvider(transport, account, service),
    authenticateByOidc: async (service, grant) =>
      (await authenticateByOidc(transport, account, service, grant)).json,
    authenticate: async () => (await tokens.current()).authorization,
    accessToken: async () => (await tokens.current()).json,
    rotateApiKey: (role) =>
      role === undefined
        ? rotateOwnKey(transport, account, credentials)
        : rotateKeyOf(session, role),
    createHost: (token, order) => createHost(transport, token, order),
    publicKeys: (user) => fetchPublicKeys(transport, account, user),
    close: () => transport.close(),
    ...verbsOf(session),
  }
}

/** What takes no session: it proves who one is, or needs no proof. */
type OwnVerb =
  | 'account'
  | 'login'
  | 'changePassword'
  | 'oidcProvider'
  | 'authenticateByOidc'
  | 'authenticate'
  | 'accessToken'
  | 'rotateApiKey'
  | 'createHost'
  | 'publicKeys'
  | 'close'

type SessionVerbs = Omit<Client, OwnVerb>

const verbsOf = (session: Session): SessionVerbs => ({
  whoami: async () =>
    bodyOf(await session.succeed({ method: 'GET', path: PATHS.whoami }), isWhoAmI),
  ...secretVerbs(session),
  loadPolicy: (policy) => loadPolicy(session, policy),
  tryPolicy: (policy) => tryPolicy(session, policy),
  fetchPolicy: (query) => fetchPolicy(session, query),
  ...resourceVerbs(session),
  ...roleVerbs(session),
  ...authenticatorVerbs(session),
  ...secondFactorVerbs(session),
  audit: (filter) => fetchAudit(session, filter),
  createHostFactoryTokens: (order) => createHostFactoryTokens(session, order),
  revokeHostFactoryToken: (token) => revokeHostFactoryToken(session, token),
  createIssuer: (issuer) => createIssuer(session, issuer),
  issuer: (id) => fetchIssuer(session, id),
  issuers: () => listIssuers(session),
  updateIssuer: (id, update) => updateIssuer(session, id, update),
  deleteIssuer: (id, options) => deleteIssuer(session, id, options),
})

type SecretVerb =
  | 'secret'
  | 'secrets'
  | 'readableSecrets'
  | 'setSecret'
  | 'clearSecret'
  | 'expireSecret'

const secretVerbs = (session: Session): Pick<Client, SecretVerb> => ({
  secret: (id, { version } = {}) => fetchSecret(session, id, version),
  secrets: (ids) => fetchSecrets(session, ids),
  readableSecrets: (ids) => fetchReadableSecrets(session, ids),
  setSecret: (id, value) => storeSecret(session, id, value),
  clearSecret: (id) => clearSecret(session, id),
  expireSecret: (id) => expireSecret(session, id),
})

type ResourceVerb =
  | 'resource'
  | 'resourceExists'
  | 'resources'
  | 'countResources'
  | 'check'
  | 'permittedRoles'
  | 'explainAccess'
  | 'access'

const resourceVerbs = (session: Session): Pick<Client, ResourceVerb> => ({
  resource: (id) => fetchResource(session, id),
  resourceExists: (id) => resourceExists(session, id),
  resources: (filter) => listResources(session, filter),
  countResources: (filter) => countResources(session, filter),
  check: (resource, privilege, role) => checkPermission(session, resource, privilege, role),
  permittedRoles: (resource, privilege) => listPermittedRoles(session, resource, privilege),
  explainAccess: (role, privilege, resource) => explainAccess(session, role, privilege, resource),
  access: (privilege, resource, kind) => listAccess(session, privilege, resource, kind),
})

type RoleVerb =
  | 'role'
  | 'roleExists'
  | 'members'
  | 'countMembers'
  | 'memberships'
  | 'rolesHeld'
  | 'roleGraph'
  | 'addMember'
  | 'removeMember'

const roleVerbs = (session: Session): Pick<Client, RoleVerb> => ({
  role: (id) => fetchRole(session, id),
  roleExists: (id) => roleExists(session, id),
  members: (role, filter = {}) => listMembers(session, role, filter),
  countMembers: (role, filter = {}) => countMembers(session, role, filter),
  memberships: (role) => listMemberships(session, role),
  rolesHeld: (role) => listRolesHeld(session, role),
  roleGraph: (role) => fetchRoleGraph(session, role),
  addMember: (role, member) => changeMember(session, 'POST', role, member),
  removeMember: (role, member) => changeMember(session, 'DELETE', role, member),
})

function observed(transport: Transport, observe?: (exchange: Exchange) => void): Transport {
  if (observe === undefined) return transport
  return {
    ...transport,
    send: async (call) => {
      const answer = await transport.send(call)
      const path = maskedPath(call.path.replace(/\?.*$/, ''))
      observe({ method: call.method, path, status: answer.status })
      return answer
    },
  }
}
