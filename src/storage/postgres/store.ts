import type { AnnotationStore } from '#app/annotation-store.ts'
import type { FactorStore } from '#app/factor-store.ts'
import type { HostFactoryStore } from '#app/host-factory-store.ts'
import type { IssuerStore } from '#app/issuer-store.ts'
import type { LockOutStore } from '#app/lock-out-store.ts'
import type { OnceStore } from '#app/once-store.ts'
import type { PublicKeyStore } from '#app/public-key-store.ts'
import type { RestoreStore } from '#app/restore-store.ts'
import type { Store } from '#app/store.ts'
import { Failure } from '#lib/failure.ts'
import { awaitDatabase, type Patience } from './await-database.ts'
import { accounts, change, createAccount, deleteAccount } from './change.ts'
import { connectionOf, type LocalConnection, tlsWarning } from './connection.ts'
import { credential } from './credentials.ts'
import type { Deadlines } from './deadline.ts'
import { factorsOf, useFactor, useRecoveryCode } from './factors.ts'
import { since, snapshot } from './graph-log.ts'
import { tokenByDigest, tokensOf } from './host-factory.ts'
import { issuerByPolicy, issuersOf } from './issuers.ts'
import { addFirstDataKey, dataKeys, signingKeys } from './keys.ts'
import { type Line, openLine } from './line.ts'
import { forgetFailures, reviseFailures } from './lock-out.ts'
import { migrate, mustBeCurrent } from './migrate.ts'
import { useOnce } from './once.ts'
import { openPool, type Pool } from './pool.ts'
import { publicKeys } from './public-keys.ts'
import { read } from './reading.ts'
import { permanentRefusal } from './refusal.ts'
import { annotationsOf, annotationsOfAll, detailsOf, search } from './resources.ts'
import { roleCreatedAt } from './roles.ts'
import { writeSecret } from './secrets.ts'
import { audit, record } from './trail.ts'

/** Which database, who is told what an operator should know, and how long operations may take. */
export interface StoreOptions {
  /** The embedded database, or the URL of another (see {@link connectionOf} for its parameters). */
  readonly connection: LocalConnection | string
  readonly log: (line: string) => void
  readonly deadlines?: Deadlines
  /** How long to wait for a database that does not answer yet; as long as the long deadline, silently, when absent. */
  readonly patience?: Patience
  /** Whether the schema is brought up to date; when not, it must be. */
  readonly migrates?: boolean
}

/** A store that must be closed. */
export interface OpenStore
  extends
    AnnotationStore,
    Store,
    FactorStore,
    HostFactoryStore,
    IssuerStore,
    LockOutStore,
    OnceStore,
    PublicKeyStore,
    RestoreStore {
  /** Ends all connections once what is under way on them is over. */
  close(): Promise<void>
}

const DEADLINES: Deadlines = { short: 5_000, long: 120_000 }
const LOADS = 3
const WRITES = 4

/** The connections of a store: hot reads and audit records each have their own, so that neither waits behind the other or behind a load. */
interface Connections {
  readonly reads: Line
  readonly records: Line
  readonly writes: Pool
  readonly loads: Pool
}

/**
 * Opens the store on a PostgreSQL database and brings its schema up to date. It reconnects by itself whenever the database comes
 * back. Throws `configuration` when the database refuses us or has a newer schema, `untrusted` when its certificate is not
 * trusted, `unavailable` when it does not answer in time.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { connection, log, deadlines = DEADLINES, patience, migrates = true } = options
  const warning = tlsWarning(connection)
  if (warning !== undefined) log(warning)
  const config = connectionOf(connection)
  const connections = {
    reads: openLine(config),
    records: openLine(config),
    writes: openPool(config, WRITES, deadlines.long),
    loads: openPool(config, LOADS, deadlines.long),
  }
  try {
    if (patience !== undefined) await awaitDatabase(config, patience)
    await (migrates ? migrate : mustBeCurrent)(connections.loads, deadlines.long)
  } catch (error) {
    await closeAll(connections)
    throw whyNotOpen(error)
  }
  return storeOver(connections, deadlines)
}

const whyNotOpen = (error: unknown): unknown =>
  (error instanceof Failure ? permanentRefusal(error.cause) : undefined) ?? error

async function closeAll({ reads, records, writes, loads }: Connections): Promise<void> {
  await Promise.all([reads.close(), records.close(), writes.close(), loads.close()])
}

function storeOver(connections: Connections, { short, long }: Deadlines): OpenStore {
  const { reads, records, writes, loads } = connections
  return {
    snapshot: () => snapshot(loads, long),
    since: (epoch) => since(reads, epoch, long),
    read: (wants) => read(reads, wants, short),
    change: (account, work) => change(loads, account, work, long),
    writeSecret: (resource, seal, event, keep) =>
      writeSecret(writes, { resource, seal, event, keep }, short),
    record: (events) => record(records, events, short),
    audit: (query) => audit(writes, query, long),
    credential: (role) => credential(reads, role, short),
    annotations: (resource) => annotationsOf(reads, resource, short),
    annotationsOf: (resources) => annotationsOfAll(reads, resources, short),
    details: (resources) => detailsOf(writes, resources, long),
    search: (account, text) => search(writes, account, text, short),
    roleCreatedAt: (role) => roleCreatedAt(reads, role, short),
    accounts: () => accounts(writes, short),
    async createAccount(account, key, work) {
      if (key.account !== account) throw new Error(`the signing key is not one of ${account}`)
      await createAccount(loads, key, work, long)
    },
    restoreAccount: (key, work) => createAccount(loads, key, work, long),
    deleteAccount: (account, work) => deleteAccount(loads, account, work, long),
    signingKeys: () => signingKeys(writes, short),
    dataKeys: () => dataKeys(writes, short),
    addFirstDataKey: (wrap) => addFirstDataKey(writes, wrap, short),
    reviseFailures: (subjects, next) => reviseFailures(writes, subjects, next, short),
    forgetFailures: (before) => forgetFailures(writes, before, short),
    useOnce: (digest, until, now) => useOnce(writes, digest, { until, now }, short),
    factorsOf: (role) => factorsOf(writes, role, short),
    useFactor: (use) => useFactor(writes, use, short),
    useRecoveryCode: (role, digest) => useRecoveryCode(writes, role, digest, short),
    hostFactoryToken: (digest) => tokenByDigest(reads, digest, short),
    hostFactoryTokens: (factories) => tokensOf(reads, factories, short),
    issuer: (policy) => issuerByPolicy(reads, policy, short),
    issuers: (account) => issuersOf(reads, account, short),
    publicKeys: (account, prefix) => publicKeys(reads, account, prefix, short),
    async ping() {
      await read(reads, [], short)
    },
    close: () => closeAll(connections),
  }
}
