import { PATHS } from '#api/paths.ts'
import type {
  AuditEntryBody,
  DryRunBody,
  PolicyLoadBody,
  ResourceBody,
  WhoAmIBody,
} from '#api/wire.ts'
import { isWhoAmI } from '#api/wire.ts'
import { bodyOf } from './answers.ts'
import { rotateKeyOf, rotateOwnKey } from './api-keys.ts'
import type { AuditFilter } from './audit-trail.ts'
import { fetchAudit } from './audit-trail.ts'
import { exchangePassword, tokenHolder } from './authentication.ts'
import type { Credentials } from './credentials.ts'
import type { PolicyText } from './policies.ts'
import { loadPolicy, tryPolicy } from './policies.ts'
import type { ResourceFilter } from './resources.ts'
import { checkPermission, countResources, listResources } from './resources.ts'
import { fetchSecret, fetchSecrets, storeSecret } from './secrets.ts'
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
  /** The API key that a password (or an API key) is exchanged for. */
  login(login: string, password: string): Promise<string>
  /** The value of an `Authorization` header that is valid now. */
  authenticate(): Promise<string>
  whoami(): Promise<WhoAmIBody>
  secret(id: string, options?: { readonly version?: number }): Promise<Buffer>
  secrets(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  setSecret(id: string, value: Uint8Array): Promise<void>
  loadPolicy(policy: PolicyText): Promise<PolicyLoadBody>
  tryPolicy(policy: PolicyText): Promise<DryRunBody>
  resources(filter: ResourceFilter): Promise<readonly ResourceBody[]>
  countResources(filter: ResourceFilter): Promise<number>
  check(resource: string, privilege: string, role?: string): Promise<boolean>
  /** Replaces the API key of `role`, or the caller's own. */
  rotateApiKey(role?: string): Promise<string>
  audit(filter: AuditFilter): Promise<readonly AuditEntryBody[]>
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
    login: (login, password) => exchangePassword(transport, account, login, password),
    authenticate: async () => (await tokens.current()).authorization,
    rotateApiKey: (role) =>
      role === undefined
        ? rotateOwnKey(transport, account, credentials)
        : rotateKeyOf(session, role),
    close: () => transport.close(),
    ...verbsOf(session),
  }
}

const verbsOf = (
  session: Session,
): Omit<Client, 'login' | 'authenticate' | 'rotateApiKey' | 'close'> => ({
  whoami: async () =>
    bodyOf(await session.succeed({ method: 'GET', path: PATHS.whoami }), isWhoAmI),
  secret: (id, { version } = {}) => fetchSecret(session, id, version),
  secrets: (ids) => fetchSecrets(session, ids),
  setSecret: (id, value) => storeSecret(session, id, value),
  loadPolicy: (policy) => loadPolicy(session, policy),
  tryPolicy: (policy) => tryPolicy(session, policy),
  resources: (filter) => listResources(session, filter),
  countResources: (filter) => countResources(session, filter),
  check: (resource, privilege, role) => checkPermission(session, resource, privilege, role),
  audit: (filter) => fetchAudit(session, filter),
})

function observed(transport: Transport, observe?: (exchange: Exchange) => void): Transport {
  if (observe === undefined) return transport
  return {
    ...transport,
    send: async (call) => {
      const answer = await transport.send(call)
      const path = call.path.replace(/\?.*$/, '')
      observe({ method: call.method, path, status: answer.status })
      return answer
    },
  }
}
