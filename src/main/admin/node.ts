import { openGate } from '#app/gate.ts'
import type { AccountManagementParts } from '#app/account-management.ts'
import { createLockOut } from '#app/lock-out.ts'
import { mirrored } from '#app/mirror.ts'
import type { OperatorParts } from '#app/operator.ts'
import { createRecorder } from '#app/recorder.ts'
import { newSigningKey } from '#app/token-desk.ts'
import { openTrail } from '#app/trail.ts'
import type { Vault } from '#app/vault.ts'
import { openSink } from '#audit/sink.ts'
import type { Log } from '#lib/log.ts'
import { isHeldByAnother } from '#storage/embedded/lock.ts'
import { runningDatabase } from '#storage/embedded/running.ts'
import { startEmbedded } from '#storage/embedded/server.ts'
import type { Deadlines } from '#storage/postgres/deadline.ts'
import { openStore } from '#storage/postgres/store.ts'
import type { OpenStore, StoreOptions } from '#storage/postgres/store.ts'
import { openKeyring } from '../server/open-keyring.ts'
import type { Settings } from '../server/settings.ts'
import { lockOutRule } from '../server/start.ts'
import { apiKeys, newGeneration, passwords } from '../server/use-cases.ts'

/** An installation opened beside its servers, or while none runs: what the commands of an operator work on. */
export interface AdminNode extends OperatorParts, AccountManagementParts, AsyncDisposable {
  readonly store: OpenStore
  readonly vault: Vault
}

/**
 * Opens the installation of `settings`. Its embedded database is that of a running server when there is one, and is started for
 * as long as the command takes otherwise. Throws like a start of the server.
 */
export async function openNode(
  settings: Settings,
  log: Log,
  deadlines?: Deadlines,
): Promise<AdminNode> {
  await using opened = new AsyncDisposableStack()
  const store = await openAdminStore(settings, log, opened, deadlines)
  const vault = await openKeyring(store, settings)
  const clock = Date.now
  const gate = await openGate(store)
  const node = opened.move()
  return {
    store,
    vault,
    gate,
    clock,
    apiKeys,
    newGeneration,
    passwords: passwords(),
    recorder: createRecorder(openTrail(store), clock),
    lockOut: createLockOut({ store, clock, rule: lockOutRule(settings) }),
    newSigningKey: (account) => newSigningKey(vault, account),
    [Symbol.asyncDispose]: () => node.disposeAsync(),
  }
}

/** A database, as one connects to it. */
export type Connection = StoreOptions['connection']

/** Gives `use` the database of `settings`, its schema up to date. */
export async function withDatabase(
  settings: Settings,
  log: Log,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const connection = await connectionOf(settings, log, opened)
  const store = await openStore({ connection, log: (line) => log.debug(line) })
  await store.close()
  await use(connection)
}

/** Opens the database with its schema up to date; `opened` closes it. */
async function openAdminStore(
  settings: Settings,
  log: Log,
  opened: AsyncDisposableStack,
  deadlines: Deadlines | undefined,
): Promise<OpenStore> {
  const connection = await connectionOf(settings, log, opened)
  const store = await openStore({
    connection,
    log: (line) => log.debug(line),
    ...(deadlines === undefined ? {} : { deadlines }),
  })
  opened.defer(() => store.close())
  // On the standard output stands what the command prints.
  if (settings.auditLog === undefined || settings.auditLog.kind === 'stdout') return store
  const sink = openSink(settings.auditLog, log)
  opened.defer(() => sink.close())
  return mirrored(store, sink.write)
}

async function connectionOf(
  { databaseUrl, dataDir }: Settings,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<Connection> {
  if (databaseUrl !== undefined) return databaseUrl
  try {
    const embedded = await startEmbedded({ dataDir, log: (line) => log.debug(line) })
    opened.defer(() => embedded.stop())
    return embedded.connection
  } catch (error) {
    if (!isHeldByAnother(error)) throw error
    return runningDatabase(dataDir)
  }
}
