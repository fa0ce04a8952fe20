import { openGate } from '#app/gate.ts'
import type { AccountManagementParts } from '#app/account-management.ts'
import { createLockOut } from '#app/lock-out.ts'
import { mirrored } from '#app/mirror.ts'
import type { OperatorParts } from '#app/operator.ts'
import { createRecorder } from '#app/recorder.ts'
import { newSigningKey } from '#app/token-desk.ts'
import { openTrail } from '#app/trail.ts'
import type { Vault } from '#app/vault.ts'
import type { Log } from '#lib/log.ts'
import { isCluster } from '#storage/embedded/cluster.ts'
import { isHeldByAnother } from '#storage/embedded/lock.ts'
import { runningDatabase } from '#storage/embedded/running.ts'
import { startEmbedded } from '#storage/embedded/server.ts'
import { takeTurn } from '#storage/embedded/turn.ts'
import type { Deadlines } from '#storage/postgres/deadline.ts'
import { openStore } from '#storage/postgres/store.ts'
import type { OpenStore, StoreOptions } from '#storage/postgres/store.ts'
import { openAuditLog } from '../server/audit-log.ts'
import { patienceOf } from '../server/database.ts'
import { openKeyring } from '../server/open-keyring.ts'
import type { Settings } from '../server/settings.ts'
import { lockOutRule } from '../server/lock-out-rule.ts'
import { apiKeys, newGeneration, passwords } from '../server/use-cases.ts'

/** What the commands of an operator work on. */
export interface OperatorNode extends OperatorParts, AccountManagementParts {
  readonly store: OpenStore
  readonly vault: Vault
}

/** An installation opened beside its servers, or while none runs. */
export interface AdminNode extends OperatorNode, AsyncDisposable {}

/** What a command of an operator works with. */
export interface NodeOptions {
  readonly settings: Settings
  readonly log: Log
  readonly deadlines?: Deadlines | undefined
}

/**
 * Opens the installation of the settings. Its embedded database is that of a running server when there is one, and is started for
 * as long as the command takes otherwise. Throws like a start of the server.
 */
export async function openNode({ settings, log, deadlines }: NodeOptions): Promise<AdminNode> {
  await using opened = new AsyncDisposableStack()
  const store = await openAdminStore({ settings, log, deadlines }, opened)
  const vault = await openKeyring(store, settings)
  const clock = Date.now
  const gate = await openGate(store)
  const recorder = createRecorder(openTrail(store), clock)
  const node = opened.move()
  return {
    ...operatorParts({ store, vault, gate, recorder, clock }, settings),
    [Symbol.asyncDispose]: () => node.disposeAsync(),
  }
}

/** What an operator's use-cases stand on, over the parts of a node. */
export const operatorParts = (
  node: Pick<AdminNode, 'store' | 'vault' | 'gate' | 'recorder' | 'clock'>,
  settings: Settings,
): OperatorNode => ({
  ...node,
  apiKeys,
  newGeneration,
  passwords: passwords(),
  lockOut: createLockOut({ ...node, rule: lockOutRule(settings) }),
  newSigningKey: (account) => newSigningKey(node.vault, account),
})

/** A database, as one connects to it. */
export type Connection = StoreOptions['connection']

/** Gives `use` the database of the settings, its schema up to date. */
export async function withDatabase(
  { settings, log }: NodeOptions,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const connection = await connectionOf(settings, log, opened)
  const store = await openStore({
    connection,
    log: (line) => log.debug(line),
    patience: patienceOf(settings, log),
  })
  await store.close()
  await use(connection)
}

/** Gives `use` the database of the settings as it is; nothing, when it is an embedded one that was never started. */
export async function withDatabaseAsIs(
  { settings, log }: NodeOptions,
  use: (connection: Connection | undefined) => Promise<void>,
): Promise<void> {
  await using opened = new AsyncDisposableStack()
  const isThere = settings.databaseUrl !== undefined || (await isCluster(settings.dataDir))
  await use(isThere ? await connectionOf(settings, log, opened) : undefined)
}

/** Opens the database with its schema up to date; `opened` closes it. */
async function openAdminStore(
  { settings, log, deadlines }: NodeOptions,
  opened: AsyncDisposableStack,
): Promise<OpenStore> {
  const connection = await connectionOf(settings, log, opened)
  const store = await openStore({
    connection,
    log: (line) => log.debug(line),
    patience: patienceOf(settings, log),
    ...(deadlines === undefined ? {} : { deadlines }),
  })
  opened.defer(() => store.close())
  // On the standard output stands what the command prints.
  if (settings.auditLog === undefined || settings.auditLog.kind === 'stdout') return store
  const sink = await openAuditLog(settings.auditLog, log)
  opened.defer(() => sink.close())
  return mirrored(store, sink.write)
}

/** How long a command waits for another one that runs the embedded database, or for a server that starts, in milliseconds. */
const TURN_MS = 30_000

async function connectionOf(
  { databaseUrl, dataDir }: Settings,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<Connection> {
  if (databaseUrl !== undefined) return databaseUrl
  using turn = new DisposableStack()
  turn.use(
    await takeTurn(dataDir, {
      waitMs: TURN_MS,
      onWait: () => log.warn('waiting for another command', { dataDir }),
    }),
  )
  try {
    const embedded = await startEmbedded({ dataDir, log: (line) => log.debug(line) })
    const ours = turn.move()
    opened.defer(() => ours.dispose())
    opened.defer(() => embedded.stop())
    return embedded.connection
  } catch (error) {
    if (!isHeldByAnother(error)) throw error
    return await runningDatabase(dataDir, TURN_MS)
  }
}
