import { accountNames } from '#app/account-management.ts'
import { createAccount } from '#app/accounts.ts'
import { openGate } from '#app/gate.ts'
import { createLockOut } from '#app/lock-out.ts'
import type { LockOutRule } from '#app/lock-out.ts'
import { mirrored } from '#app/mirror.ts'
import { createRecorder } from '#app/recorder.ts'
import type { Recorder } from '#app/recorder.ts'
import { newSigningKey, openTokenDesk } from '#app/token-desk.ts'
import { openTrail } from '#app/trail.ts'
import type { Vault } from '#app/vault.ts'
import { openSink } from '#audit/sink.ts'
import type { AuditSink } from '#audit/sink.ts'
import { addressReader } from '#http/client-address.ts'
import { createListener } from '#http/listener.ts'
import { routeTable } from '#http/route-table.ts'
import { createRoutes } from '#http/router.ts'
import { listen } from '#http/server.ts'
import { createTraffic } from '#http/traffic.ts'
import type { Log } from '#lib/log.ts'
import { startEmbedded } from '#storage/embedded/server.ts'
import { openStore } from '#storage/postgres/store.ts'
import type { OpenStore } from '#storage/postgres/store.ts'
import { createMetrics } from './metrics.ts'
import { openKeyring } from './open-keyring.ts'
import type { Settings } from './settings.ts'
import { openTlsIdentity } from './tls-identity.ts'
import { apiKeys, createUseCases, installedAuthenticators, newGeneration } from './use-cases.ts'

/** What a start needs besides the settings. */
export interface StartParts {
  readonly log: Log
  readonly version: string
  /** Keeps the administrator's API key when this start creates the account; nothing else has it. */
  readonly keepAdminKey: (key: string) => Promise<void>
}

/** A server that serves. */
export interface RunningServer {
  readonly url: string
  /** SHA-256 of the TLS certificate; absent when the server speaks plain HTTP. */
  readonly fingerprint?: string
  /** Reads the files of the TLS identity again and shows what they hold from now on; throws `configuration` and changes nothing otherwise. */
  reload(): Promise<void>
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
  const database = await openDatabase(settings, log, started)
  const sink = openAuditLog(settings, log, started)
  const store = sink === undefined ? database : mirrored(database, sink.write)
  const vault = await openKeyring(store, settings)
  const clock = Date.now
  const recorder = createRecorder(openTrail(store), clock)
  await createFirstAccount({ store, vault, recorder, ...parts }, settings.account)
  const tokens = await openTokenDesk({
    store,
    vault,
    clock,
    userTokenSeconds: settings.userTokenTtl,
    hostTokenSeconds: settings.hostTokenTtl,
  })
  const gate = await openGate(store, (account) => tokens.forget(account))
  const lockOut = createLockOut({ store, clock, rule: lockOutRule(settings) })
  const uses = createUseCases({ store, vault, gate, recorder, tokens, lockOut, clock }, settings)
  const traffic = settings.metrics ? createTraffic(() => performance.now()) : undefined
  const metrics = traffic && {
    metrics: createMetrics({
      traffic,
      gate,
      sink,
      installed: installedAuthenticators(settings),
      enabled: settings.authenticators,
      version: parts.version,
    }),
  }
  const router = createRoutes(
    routeTable(uses, {
      version: parts.version,
      ready: () => store.ping(),
      maxListed: settings.resourceListLimit,
      hostFactories: settings.hostFactories,
      ...metrics,
    }),
  )
  const listener = createListener({
    router,
    log,
    ...(traffic === undefined ? {} : { traffic }),
    readToken: (authorization, origin) => tokens.read(authorization, origin),
    readAddress: addressReader(settings.trustedProxies),
  })
  const identity = settings.tls ? await openTlsIdentity(settings) : undefined
  const server = await listen(listener, {
    host: settings.bindAddress,
    port: settings.port,
    ...(identity === undefined ? {} : { tls: identity }),
  })
  started.defer(() => server.stop(DRAIN_MS))
  const running = started.move()
  return {
    url: urlOf(settings, server.port),
    ...(identity === undefined ? {} : { fingerprint: identity.fingerprint }),
    async reload() {
      if (settings.tls) server.renew(await openTlsIdentity(settings))
    },
    stop: () => running.disposeAsync(),
  }
}

/** What the settings say of guessing passwords. */
export const lockOutRule = (settings: Settings): LockOutRule => ({
  attempts: settings.loginAttempts,
  firstSeconds: settings.loginLock,
  longestSeconds: settings.loginLockMax,
})

/** It closes before the database and after the last request, so that it has seen all. */
function openAuditLog(
  { auditLog }: Settings,
  log: Log,
  started: AsyncDisposableStack,
): AuditSink | undefined {
  if (auditLog === undefined) return undefined
  const sink = openSink(auditLog, log)
  started.defer(() => sink.close())
  return sink
}

async function openDatabase(
  settings: Settings,
  log: Log,
  started: AsyncDisposableStack,
): Promise<OpenStore> {
  const { databaseUrl, dataDir } = settings
  const tell = databaseLog(log)
  let connection
  if (databaseUrl === undefined) {
    const embedded = await startEmbedded({ dataDir, log: tell })
    started.defer(() => embedded.stop())
    connection = embedded.connection
  }
  const store = await openStore({ connection: connection ?? databaseUrl ?? '', log: tell })
  started.defer(() => store.close())
  return store
}

/** What PostgreSQL says is for whoever looks for it, unless it is in trouble; what we say of it is news. */
function databaseLog(log: Log): (line: string) => void {
  const isTrouble = /^(?:WARNING|ERROR|FATAL|PANIC):/
  const isOwn = /^[A-Z]+:/
  // The answer to our own asking whether it is up.
  const isStarting = /the database system is (?:starting up|not yet accepting connections)/
  return (line) => {
    const facts = { from: 'database' }
    if (isTrouble.test(line) && !isStarting.test(line)) log.warn(line, facts)
    else if (isOwn.test(line)) log.debug(line, facts)
    else log.info(line, facts)
  }
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
