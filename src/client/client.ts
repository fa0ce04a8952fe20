import { maskedPath } from '#api/masked-path.ts'
import type { CreatedHostBody, HostFactoryTokenBody } from '#api/host-factory-wire.ts'
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
import { bodyOf } from './answers.ts'
import { rotateKeyOf, rotateOwnKey } from './api-keys.ts'
import type { AuditFilter } from './audit-trail.ts'
import { fetchAudit } from './audit-trail.ts'
import { exchangePassword, tokenHolder } from './authentication.ts'
import { enableAuthenticator } from './authenticators.ts'
import type { Credentials } from './credentials.ts'
import type { HostOrder, TokenOrder } from './host-factories.ts'
import { createHost, createHostFactoryTokens, revokeHostFactoryToken } from './host-factories.ts'
import type { PolicyQuery, PolicyText } from './policies.ts'
import { fetchPolicy, loadPolicy, tryPolicy } from './policies.ts'
import { fetchPublicKeys } from './public-keys.ts'
import type { ResourceFilter } from './resources.ts'
import { checkPermission, countResources, listPermittedRoles, listResources } from './resources.ts'
import {
  changeMember,
  countMembers,
  fetchRole,
  fetchRoleGraph,
  listMembers,
  listMemberships,
  listRolesHeld,
} from './roles.ts'
import type { MemberFilter } from './roles.ts'
import { fetchReadableSecrets, fetchSecrets } from './secret-batches.ts'
import { clearSecret, expireSecret, fetchSecret, storeSecret } from './secrets.ts'
import { parseServerUrl } from './server-address.ts'
import type { Session } from './session.ts'
import { openSession } from './session.ts'
import type { Transport } from './transport.ts'
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
  /** For the whole of a request, in milliseconds; a minute when absent. */
  readonly timeoutMs?: number
  /** Cancels what is under way; it then throws `unavailable`. */
  readonly signal?: AbortSignal
  /** Is told of each answer. */
  readonly observe?: (exchange: Exchange) => void
}

/**
 * A Strongroom or Conjur server as its clients see it. Every method throws a `Failure`: the server's refusal under the code
 * of its status, `unreachable` when there is no answer, `untrusted` when the server cannot prove who it is, and `corrupt`
 * when what it says makes no sense. Ids of variables are given as `db/password`, other ids as `kind:id`; full ids will do.
 */
export interface Client {
  /** The account that short ids are of. */
  readonly account: string
  /** The API key that a password (or an API key) is exchanged for. */
  login(login: string, password: string): Promise<string>
  /** The value of an `Authorization` header that is valid now. */
  authenticate(): Promise<string>
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
  resources(filter: ResourceFilter): Promise<readonly ResourceBody[]>
  countResources(filter: ResourceFilter): Promise<number>
  check(resource: string, privilege: string, role?: string): Promise<boolean>
  /** Everybody who may do `privilege` to `resource`. */
  permittedRoles(resource: string, privilege: string): Promise<readonly string[]>
  role(id: string): Promise<RoleBody>
  members(role: string, filter?: MemberFilter): Promise<readonly MembershipBody[]>
  countMembers(role: string, filter?: MemberFilter): Promise<number>
  /** What `role` holds directly. */
  memberships(role: string): Promise<readonly MembershipBody[]>
  /** `role` and all that it holds, directly or through others. */
  rolesHeld(role: string): Promise<readonly string[]>
  roleGraph(role: string): Promise<readonly RoleEdgeBody[]>
  addMember(role: string, member: string): Promise<void>
  removeMember(role: string, member: string): Promise<void>
  /** Enables or disables an authenticator of the account, such as `authn-jwt/kube`. */
  enableAuthenticator(instance: string, enabled: boolean): Promise<void>
  /** Replaces the API key of `role`, or the caller's own. */
  rotateApiKey(role?: string): Promise<string>
  audit(filter: AuditFilter): Promise<readonly AuditEntryBody[]>
  createHostFactoryTokens(order: TokenOrder): Promise<readonly HostFactoryTokenBody[]>
  revokeHostFactoryToken(token: string): Promise<void>
  /** Makes a host by a host factory token; the credentials of the client have no part in it. */
  createHost(token: string, order: HostOrder): Promise<CreatedHostBody>
  /** The public keys of a user, one a line; nobody needs credentials for that. */
  publicKeys(user: string): Promise<Buffer>
  /** Closes the connections; the client can still be used. */
  close(): void
}

const TIMEOUT_MS = 60_000

/** A client; it connects when it is first used. Throws `configuration` for a URL that is not that of a server. */
export function createClient(options: ClientOptions): Client {
  const { account, credentials } = options
  const transport = observed(
    openTransport({
      ...options,
      address: parseServerUrl(options.url),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    }),
    options.observe,
  )
  const tokens = tokenHolder(transport, account, credentials, () => performance.now())
  const session = openSession(account, transport, tokens)
  return {
    account,
    login: (login, password) => exchangePassword(transport, account, login, password),
    authenticate: async () => (await tokens.current()).authorization,
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

const verbsOf = (
  session: Session,
): Omit<
  Client,
  'account' | 'login' | 'authenticate' | 'rotateApiKey' | 'createHost' | 'publicKeys' | 'close'
> => ({
  whoami: async () =>
    bodyOf(await session.succeed({ method: 'GET', path: PATHS.whoami }), isWhoAmI),
  secret: (id, { version } = {}) => fetchSecret(session, id, version),
  secrets: (ids) => fetchSecrets(session, ids),
  readableSecrets: (ids) => fetchReadableSecrets(session, ids),
  setSecret: (id, value) => storeSecret(session, id, value),
  clearSecret: (id) => clearSecret(session, id),
  expireSecret: (id) => expireSecret(session, id),
  loadPolicy: (policy) => loadPolicy(session, policy),
  tryPolicy: (policy) => tryPolicy(session, policy),
  fetchPolicy: (query) => fetchPolicy(session, query),
  resources: (filter) => listResources(session, filter),
  countResources: (filter) => countResources(session, filter),
  check: (resource, privilege, role) => checkPermission(session, resource, privilege, role),
  permittedRoles: (resource, privilege) => listPermittedRoles(session, resource, privilege),
  role: (id) => fetchRole(session, id),
  members: (role, filter = {}) => listMembers(session, role, filter),
  countMembers: (role, filter = {}) => countMembers(session, role, filter),
  memberships: (role) => listMemberships(session, role),
  rolesHeld: (role) => listRolesHeld(session, role),
  roleGraph: (role) => fetchRoleGraph(session, role),
  addMember: (role, member) => changeMember(session, 'POST', role, member),
  removeMember: (role, member) => changeMember(session, 'DELETE', role, member),
  enableAuthenticator: (instance, enabled) => enableAuthenticator(session, instance, enabled),
  audit: (filter) => fetchAudit(session, filter),
  createHostFactoryTokens: (order) => createHostFactoryTokens(session, order),
  revokeHostFactoryToken: (token) => revokeHostFactoryToken(session, token),
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
