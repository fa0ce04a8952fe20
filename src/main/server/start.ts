import { accountNames } from '#app/account-management.ts'
import { createAccount } from '#app/accounts.ts'
import { authenticateLocal } from '#app/authenticate-local.ts'
import type { LocalParts } from '#app/authenticate-local.ts'
import { openGate } from '#app/gate.ts'
import { mirrored } from '#app/mirror.ts'
import { createRecorder } from '#app/recorder.ts'
import type { Recorder } from '#app/recorder.ts'
import { newSigningKey, openTokenDesk } from '#app/token-desk.ts'
import { openTrail } from '#app/trail.ts'
import type { Vault } from '#app/vault.ts'
import type { AuditSink } from '#audit/sink.ts'
import { openLocalSocket } from '#authn/local/socket.ts'
import { openPolicyCompiler } from '#compiler/policy-compiler.ts'
import { listen } from '#http/server.ts'
import { createTraffic } from '#http/traffic.ts'
import type { Log } from '#lib/log.ts'
import { startEmbedded } from '#storage/embedded/server.ts'
import { takeTurn } from '#storage/embedded/turn.ts'
import { openStore } from '#storage/postgres/store.ts'
import type { OpenStore } from '#storage/postgres/store.ts'
import { openAuditLog } from './audit-log.ts'
import { databaseLog, patienceOf } from './database.ts'
import { COMPILE_PROGRAM } from './compile-program.ts'
import { openKeyring } from './open-keyring.ts'
import { createService } from './service.ts'
import type { PreparedNode } from './service.ts'
import type { Settings } from './settings.ts'
import { withLive } from './settings-in-force.ts'
import { openTlsIdentity } from './tls-identity.ts'
import { apiKeys, newGeneration } from './use-cases.ts'

/** What a start needs besides the settings. */
export interface StartParts {
  readonly log: Log
  readonly version: string
  /** Keeps the administrator's API key when this start creates the account; nothing else has it. */
  readonly keepAdminKey: (key: string) => Promise<void>
  /** Done once the node could serve and before it does, in place of creating the account of the settings at a first start. */
  readonly prepare?: (node: PreparedNode) => Promise<void>
  /** Whether the schema is brought up to date; a start fails where it is not and this says no. */
  readonly migrates?: boolean
  /** Ends the wait for the database. */
  readonly signal?: AbortSignal
}

/** A server that serves. */
export interface RunningServer {
  readonly url: string
  /** SHA-256 of the TLS certificate; absent when the server speaks plain HTTP. */
  readonly fingerprint?: string
  /**
   * Obeys the live settings of `next` from the next request on, and shows the TLS identity that its files hold now. Throws
   * `configuration` and changes nothing when it cannot.
   */
  reload(next: Settings): Promise<void>
  /** Lets requests under way end, then stops everything, the database last. */
  stop(): Promise<void>
}

/** How long requests under way may take to end at a stop, in milliseconds. */
const DRAIN_MS = 10_000

/**
 * Starts a server: database, keys, account, graph, listener, in this order, so that it listens only when it can serve. When a
 * step fails, what was started before is stopped again and the failure is thrown.
 */
export async function startServer(settings: Settings, parts: StartParts): Promise<RunningServer> {
  await using started = new AsyncDisposableStack()
  const { log } = parts
  let inForce = settings
  const database = await openDatabase(settings, parts, started)
  const sink = await openMirror(settings, log, started)
  const store = sink === undefined ? database : mirrored(database, sink.write)
  const vault = await openKeyring(store, settings)
  const clock = Date.now
  const recorder = createRecorder(openTrail(store), clock)
  if (parts.prepare === undefined) {
    await createFirstAccount({ store, vault, recorder, ...parts }, settings.account)
  }
  const tokens = await openTokenDesk({
    store,
    vault,
    clock,
    get userTokenSeconds() {
      return inForce.userTokenTtl
    },
    get hostTokenSeconds() {
      return inForce.hostTokenTtl
    },
  })
  const gate = await openGate(store, (account) => tokens.forget(account))
  const compiler = openPolicyCompiler(COMPILE_PROGRAM)
  started.defer(() => compiler.close())
  const node = { store, vault, gate, recorder, tokens, clock, compile: compiler.compile }
  await parts.prepare?.(node)
  const traffic = createTraffic(() => performance.now())
  const service = { ...parts, node, sink, traffic }
  let listener = createService(service, settings)
  const identity = settings.tls ? await openTlsIdentity(settings) : undefined
  const server = await listen((request, response) => listener(request, response), {
    host: settings.bindAddress,
    port: settings.port,
    ...(identity === undefined ? {} : { tls: identity }),
  })
  started.defer(() => server.stop(DRAIN_MS))
  await openLocal(node, settings, log, started)
  const running = started.move()
  return {
    url: urlOf(settings, server.port),
    ...(identity === undefined ? {} : { fingerprint: identity.fingerprint }),
    async reload(next) {
      const renewed = withLive(inForce, next)
      const own = renewed.tls ? await openTlsIdentity(renewed) : undefined
      listener = createService(service, renewed)
      inForce = renewed
      if (own !== undefined) server.renew(own)
    },
    stop: () => running.disposeAsync(),
  }
}

/** Only the owner of this process can do more with it than without. */
async function openLocal(
  node: LocalParts,
  { localSocket, account }: Settings,
  log: Log,
  started: AsyncDisposableStack,
): Promise<void> {
  if (localSocket === undefined) return
  const socket = await openLocalSocket(localSocket, {
    authenticate: authenticateLocal(node),
    account,
    log,
  })
  started.defer(() => socket.close())
  log.info('whoever owns this process gets tokens', { socket: localSocket })
}

/** It closes before the database and after the last request, so that it has seen all. */
async function openMirror(
  { auditLog }: Settings,
  log: Log,
  started: AsyncDisposableStack,
): Promise<AuditSink | undefined> {
  if (auditLog === undefined) return undefined
  const sink = await openAuditLog(auditLog, log)
  started.defer(() => sink.close())
  return sink
}

/** How long a start waits for a command that runs the embedded database, in milliseconds. */
const COMMAND_MS = 30_000

async function commandsOver(dataDir: string, log: Log): Promise<void> {
  const onWait = (): void =>
    log.warn('waiting for a command that works on the data folder', { dataDir })
  const turn = await takeTurn(dataDir, { waitMs: COMMAND_MS, onWait })
  turn[Symbol.dispose]()
}

async function openDatabase(
  settings: Settings,
  { log, migrates, signal }: StartParts,
  started: AsyncDisposableStack,
): Promise<OpenStore> {
  const { databaseUrl, dataDir } = settings
  const tell = databaseLog(log)
  let connection
  if (databaseUrl === undefined) {
    await commandsOver(dataDir, log)
    const embedded = await startEmbedded({ dataDir, log: tell })
    started.defer(() => embedded.stop())
    connection = embedded.connection
  }
  const store = await openStore({
    connection: connection ?? databaseUrl ?? '',
    log: tell,
    patience: patienceOf(settings, log, signal),
    ...(migrates === undefined ? {} : { migrates }),
  })
  started.defer(() => store.close())
  return store
}

/** What the account of a first start is made of. */
interface FirstAccountParts extends Pick<StartParts, 'keepAdminKey'> {
  readonly store: OpenStore
  readonly vault: Vault
  readonly recorder: Recorder
}

/** Creates the account of a first start; does nothing when there are accounts already. */
async function createFirstAccount(
  { store, vault, recorder, keepAdminKey }: FirstAccountParts,
  account: string,
): Promise<void> {
  if ((await accountNames(store)).length > 0) return
  const create = createAccount({
    store,
    recorder,
    apiKeys,
    newGeneration,
    newSigningKey: (name) => newSigningKey(vault, name),
  })
  await create(account, { keep: keepAdminKey })
}

function urlOf({ tls, bindAddress }: Settings, port: number): string {
  const everywhere = bindAddress === '0.0.0.0' || bindAddress === '::'
  const host = everywhere ? 'localhost' : bindAddress
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
