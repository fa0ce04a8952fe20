import assert from 'node:assert/strict'
import { createAccount } from '#app/accounts.ts'
import type { AuditEvent } from '#app/audit.ts'
import type { Directories } from '#app/directory.ts'
import { openGate } from '#app/gate.ts'
import type { Gate } from '#app/gate.ts'
import { createRecorder } from '#app/recorder.ts'
import type { MemoryStore } from '../app/memory-store.ts'
import { createLockOut } from '#app/lock-out.ts'
import type { Outbound, OutboundSockets } from '#app/outbound.ts'
import type { StoredSigningKey } from '#app/store.ts'
import { newSigningKey, openTokenDesk } from '#app/token-desk.ts'
import type { AccessToken, Tokens } from '#app/tokens.ts'
import { openTrail } from '#app/trail.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { isPolicyLoad } from '#api/wire.ts'
import type { PolicyLoadBody } from '#api/wire.ts'
import { createKeyring, wrapDataKey } from '#crypto/keyring.ts'
import type { Keyring } from '#crypto/keyring.ts'
import { roleOfLogin } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { addressReader } from '#http/client-address.ts'
import { certificateReader } from '#http/client-certificates.ts'
import { createListener } from '#http/listener.ts'
import { routeTable } from '#http/route-table.ts'
import type { Route } from '#http/route.ts'
import { createRoutes } from '#http/router.ts'
import { listen } from '#http/server.ts'
import { createTraffic } from '#http/traffic.ts'
import { jsonLog } from '#lib/log.ts'
import type { Settings } from '#main/server/settings.ts'
import { readMfaPage } from '#main/server/mfa-page.ts'
import { lockOutRule } from '#main/server/lock-out-rule.ts'
import { apiKeys, createUseCases, newGeneration } from '#main/server/use-cases.ts'
import type { NodeParts } from '#main/server/use-cases.ts'
import { memoryDatabase } from '../app/memory-store.ts'
import type { MemoryDatabase } from '../app/memory-store.ts'
import { openClient } from './client.ts'
import type { Caller, Client, Reply } from './client.ts'
import { openJudge } from './judge.ts'
import { ACCOUNT, TEST_SETTINGS } from './test-settings.ts'

export { ACCOUNT } from './test-settings.ts'

/** The version that a node of the tests says it has. */
export const VERSION = '0.0.0-test'

const MFA_PAGE = readMfaPage()

/** When the tests take place, in milliseconds since 1970. */
export const NOW = 1_750_000_000_000

/** Whatever a test sends without saying where to. */
const NO_NETWORK: Outbound & OutboundSockets = {
  get: async () => assert.fail('a test reached for the network'),
  send: async () => assert.fail('a test reached for the network'),
  open: async () => assert.fail('a test reached for the network'),
}

const NO_DIRECTORY: Directories = {
  visit: async () => assert.fail('a test reached for a directory'),
}

const MASTER_KEY = Buffer.alloc(32, 7)

/** One keyring for the process, so that a signing key that was sealed once opens on every node. */
const keyring: Keyring = createKeyring({
  masterKey: MASTER_KEY,
  wrapped: [{ id: 1, wrapped: wrapDataKey(MASTER_KEY, 1, Buffer.alloc(32, 9)) }],
})

const signingKeys = new Map<string, Promise<StoredSigningKey>>()

/** One signing key for each account name: making one takes longer than most tests. */
function signingKeyOf(account: string): Promise<StoredSigningKey> {
  const known = signingKeys.get(account) ?? newSigningKey(keyring, account)
  signingKeys.set(account, known)
  return known
}

/** What a test may have otherwise than usual. */
export interface NodeOptions {
  /** The database of another node, instead of one of its own. */
  readonly database?: MemoryDatabase
  /** Methods of the store as this node is to see them. */
  readonly between?: (store: MemoryStore) => Partial<MemoryStore>
  readonly settings?: Partial<Settings>
  /** Takes what issuers send. */
  readonly issuerCalls?: Pick<Outbound, 'send'>
  /** Takes what authenticators ask. */
  readonly authenticatorCalls?: Outbound
  /** Stands in for directories. */
  readonly directories?: Directories
  /** Takes what authenticators converse over. */
  readonly authenticatorSockets?: OutboundSockets
}

/** How a policy is loaded: by POST, as the administrator and into `root`, unless said otherwise. */
export interface LoadOptions {
  readonly branch?: string
  readonly method?: 'POST' | 'PATCH' | 'PUT'
  readonly by?: Caller
}

/** A whole server over a store in memory, on a port of its own, and callers to it. */
export interface TestNode extends AsyncDisposable {
  readonly database: MemoryDatabase
  readonly store: MemoryStore
  readonly tokens: Tokens
  readonly routes: readonly Route[]
  readonly client: Client
  /** The lines of its log, from `debug` on. */
  readonly logged: readonly string[]
  /** Milliseconds since 1970; a test moves it. */
  now: number
  /** Somebody without credentials. */
  readonly anyone: Caller
  /** The administrator of {@link ACCOUNT}, by a token. */
  readonly admin: Caller
  /** The key of the administrator, when this node created the account. */
  readonly adminKey: string
  /** The bearer of a token that `login` has got just now. */
  as(login: string, account?: string): Promise<Caller>
  /** The `Authorization` header of such a bearer. */
  token(login: string, account?: string): Promise<string>
  /** Loads a policy, which must succeed. */
  load(text: string, options?: LoadOptions): Promise<PolicyLoadBody>
  /** Sets a variable of {@link ACCOUNT} as the administrator. */
  set(variable: string, value: string | Uint8Array): Promise<void>
  /** Creates another account and returns the key of its administrator. */
  createAccount(account: string): Promise<string>
  /** The trail of an account, oldest first. */
  trail(account?: string): Promise<readonly AuditEvent[]>
}

/** Starts a node; a database of its own gets the account {@link ACCOUNT}. */
export async function openNode(options: NodeOptions = {}): Promise<TestNode> {
  const { database = memoryDatabase() } = options
  const inMemory = database.open()
  const store: MemoryStore = { ...inMemory, ...options.between?.(inMemory) }
  const time = { now: NOW }
  const clock = (): number => time.now
  const recorder = createRecorder(openTrail(store), clock)
  const create = createAccount({
    store,
    recorder,
    apiKeys,
    newGeneration,
    newSigningKey: signingKeyOf,
  })
  const isNew = (await inMemory.accounts()).length === 0
  const adminKey = isNew ? await create(ACCOUNT) : ''
  const { issuerCalls = NO_NETWORK, authenticatorCalls = NO_NETWORK } = options
  const { authenticatorSockets = NO_NETWORK, directories = NO_DIRECTORY } = options
  const served = await serve(
    { store, recorder, clock, issuerCalls, authenticatorCalls, authenticatorSockets, directories },
    { ...TEST_SETTINGS, ...options.settings },
  )
  const judge = openJudge(served.routes)
  // Whatever a test is about: no answer is one that its route does not tell of.
  const client = openClient(served.port, (question, reply) => {
    assert.deepEqual(judge(question, reply), [])
  })
  const token = async (login: string, account = ACCOUNT): Promise<string> =>
    authorizationOf(await tokenOf(served, roleOfLogin(account, login)))
  const as = async (login: string, account?: string): Promise<Caller> =>
    client.caller({ Authorization: await token(login, account) })
  const admin = await as('admin')
  return {
    ...served,
    database,
    store,
    client,
    adminKey,
    admin,
    as,
    token,
    anyone: client.caller(),
    get now() {
      return time.now
    },
    set now(now) {
      time.now = now
    },
    load: async (text, how) => loaded(await loadAs(how?.by ?? admin, text, how)),
    async set(variable, value) {
      mustBe(201, await admin.post(secretPath(variable), value))
    },
    async createAccount(account) {
      // A node looks for signing keys that it does not know once a second.
      time.now += 1000
      return create(account)
    },
    trail: async (account = ACCOUNT) =>
      (await store.audit({ account, limit: 100_000 })).map(({ event }) => event).toReversed(),
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]()
      await served.stop()
    },
  }
}

interface Served extends Pick<TestNode, 'tokens' | 'routes' | 'logged'> {
  readonly gate: Gate
  readonly port: number
  readonly stop: () => Promise<void>
}

/** What src/main/server/start.ts does, over a store that has an account already. */
async function serve(
  {
    store,
    recorder,
    clock,
    ...calls
  }: Pick<
    NodeParts,
    | 'recorder'
    | 'clock'
    | 'issuerCalls'
    | 'authenticatorCalls'
    | 'authenticatorSockets'
    | 'directories'
  > & {
    readonly store: MemoryStore
  },
  settings: Settings,
): Promise<Served> {
  const vault = keyring
  const lives = { userTokenSeconds: settings.userTokenTtl, hostTokenSeconds: settings.hostTokenTtl }
  const tokens = await openTokenDesk({ store, vault, clock, ...lives })
  const gate = await openGate(store, (account) => tokens.forget(account))
  const lockOut = createLockOut({ store, clock, rule: lockOutRule(settings) })
  const uses = createUseCases(
    { store, vault, gate, recorder, tokens, lockOut, clock, ...calls },
    settings,
  )
  const traffic = settings.metrics ? createTraffic(() => performance.now()) : undefined
  const routes = routeTable(uses, {
    version: VERSION,
    mfaPage: MFA_PAGE,
    ready: () => store.ping(),
    maxListed: settings.resourceListLimit,
    hostFactories: settings.hostFactories,
    issuers: settings.dynamicSecrets,
    ...(traffic === undefined ? {} : { metrics: async () => traffic.metrics() }),
  })
  const logged: string[] = []
  const listener = createListener({
    router: createRoutes(routes),
    log: jsonLog(
      'debug',
      (line) => void logged.push(line),
      () => new Date(clock()),
    ),
    readToken: (authorization, origin) => tokens.read(authorization, origin),
    readAddress: addressReader(settings.trustedProxies),
    readCertificates: certificateReader({
      addresses: settings.certificateProxies,
      header: settings.certificateHeader,
    }),
    ...(traffic === undefined ? {} : { traffic }),
  })
  const server = await listen(listener, { host: settings.bindAddress, port: settings.port })
  return { tokens, gate, routes, logged, port: server.port, stop: () => server.stop(0) }
}

async function tokenOf({ gate, tokens }: Served, role: Id): Promise<AccessToken> {
  const { graph } = await gate.pass()
  return tokens.issue(role, graph.credential(role)?.generation ?? assert.fail(`no ${role}`))
}

/** The `Authorization` header of an access token. */
export const authorizationOf = (token: AccessToken): string =>
  `Token token="${Buffer.from(JSON.stringify(token)).toString('base64')}"`

/** The headers of HTTP Basic. */
export const basic = (login: string, secret: string): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`,
})

/** The path of a variable's value. */
export const secretPath = (id: string, account: string = ACCOUNT): string =>
  fillPath(PATHS.secret, { account, kind: 'variable', id })

/** The path of a resource. */
export const resourcePath = (kind: string, id: string, account: string = ACCOUNT): string =>
  fillPath(PATHS.resource, { account, kind, id })

/** Loads a policy, whatever comes of it. */
export const loadAs = (
  caller: Caller,
  text: string,
  { branch = 'root', method = 'POST' }: LoadOptions = {},
): Promise<Reply> =>
  caller.send({
    method,
    path: fillPath(PATHS.policy, { account: ACCOUNT, id: branch }),
    body: text,
  })

function loaded(reply: Reply): PolicyLoadBody {
  const { json } = mustBe(201, reply)
  assert.ok(isPolicyLoad(json))
  return json
}

/** The API key that a load gave to a role. */
export const keyIn = (loading: PolicyLoadBody, role: string): string =>
  loading.created_roles[`${ACCOUNT}:${role}`]?.api_key ?? assert.fail(`${role} is not new`)

/** The reply, which must have this status. */
export function mustBe(status: number, reply: Reply): Reply {
  assert.equal(reply.status, status, reply.text)
  return reply
}

/** That a reply refuses with this status and no word. */
export function assertSilent(status: number, reply: Reply): void {
  assert.deepEqual([reply.status, reply.text], [status, ''])
  assert.equal(reply.headers['content-length'], '0')
}

/** That a reply refuses with this status and exactly this error object. */
export function assertError(
  status: number,
  error: Readonly<Record<string, unknown>>,
  reply: Reply,
): void {
  assert.deepEqual([reply.status, reply.json], [status, { error }])
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
}

/** What stands in a JSON value under these names, one below the other; `undefined` where there is nothing. */
export const at = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null
        ? Object.entries(inner).find(([own]) => own === name)?.[1]
        : undefined,
    value,
  )
