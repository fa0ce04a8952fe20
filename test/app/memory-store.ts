import { MIME_TYPE } from '#app/store.ts'
import type { ChangeTransaction, Store, StoredSigningKey, WrappedDataKey } from '#app/store.ts'
import type { AuditEvent } from '#app/audit.ts'
import type { Change, Row } from '#domain/change.ts'
import { accountOf } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { MemoryTables } from './memory-tables.ts'
import { MemoryTrail } from './memory-trail.ts'

/** A database in memory, which any number of nodes may share. */
export interface MemoryDatabase {
  /** The store of one node. */
  open(): Store & AsyncDisposable
  /** Ages the change log, so that no epoch of the past can be continued from it. */
  forgetLog(): void
}

/** What all nodes share. */
class Shared {
  readonly tables = new Map<string, MemoryTables>()
  readonly signingKeys: StoredSigningKey[] = []
  readonly dataKeys: WrappedDataKey[] = []
  readonly trail = new MemoryTrail()
  epoch = 0
  log: { readonly epoch: number; readonly changes: readonly Change[] }[] = []
  readonly #locks = new Map<string, Promise<unknown>>()

  /** Runs `work` once nobody else holds the lock of `account`. */
  async locked<T>(account: string, work: () => Promise<T>): Promise<T> {
    const before = this.#locks.get(account)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#locks.set(account, promise)
    await before
    try {
      return await work()
    } finally {
      resolve(undefined)
    }
  }

  tablesOf(account: string): MemoryTables {
    const tables = this.tables.get(account)
    if (tables === undefined) {
      throw new Failure('not_found', `account ${quoted(account)} is not found`)
    }
    return tables
  }

  /** Runs `work` on a copy of `tables`, which becomes the account's when it succeeds. */
  async commit<T>(
    tables: MemoryTables,
    work: (transaction: ChangeTransaction) => Promise<T>,
  ): Promise<T> {
    const draft = tables.copy()
    const changes: Change[] = []
    const events: AuditEvent[] = []
    const { transaction, end } = transactionOn(draft, this.epoch, { changes, events })
    const result = await work(transaction).finally(end)
    this.tables.set(draft.account, draft)
    this.trail.record(events)
    if (changes.length > 0) this.log.push({ epoch: (this.epoch += 1), changes })
    return result
  }
}

/** Opens a database that has nothing in it. */
export function memoryDatabase(): MemoryDatabase {
  const shared = new Shared()
  return {
    open: () => ({
      ...graphOf(shared),
      ...valuesOf(shared),
      ...installationOf(shared),
      async [Symbol.asyncDispose]() {},
    }),
    forgetLog() {
      shared.log = []
    },
  }
}

/** A transaction, and what ends it: whoever kept it cannot use it afterwards. */
function transactionOn(
  tables: MemoryTables,
  epoch: number,
  { changes, events }: { readonly changes: Change[]; readonly events: AuditEvent[] },
): { readonly transaction: ChangeTransaction; readonly end: () => void } {
  let isOver = false
  const during = async <T>(step: () => T): Promise<T> => {
    if (isOver) throw new Error('the transaction is over')
    return step()
  }
  const transaction: ChangeTransaction = {
    epoch,
    annotations: (policy, resources) => during(() => tables.annotationsFor(policy, resources)),
    apply: (list) =>
      during(() => {
        tables.apply(list)
        changes.push(...list)
      }),
    addVersion: (resource, seal) => during(() => tables.addVersion(resource, seal)),
    latest: (resource) => during(() => tables.version(resource)),
    replaceKeys: (keys) =>
      during(() => {
        for (const { role, digest } of keys) tables.replaceKey(role, digest)
      }),
    addLoginKey: (role, digest, expiresAt, keep) =>
      during(() => tables.addLoginKey(role, { digest, expiresAt }, keep)),
    setPassword: (role, passwordHash) => during(() => tables.setPassword(role, passwordHash)),
    addPolicyVersion: (version, keep) => during(() => tables.addPolicyVersion(version, keep)),
    record: (list) => during(() => void events.push(...list)),
  }
  return { transaction, end: () => void (isOver = true) }
}

type GraphPart = Pick<
  Store,
  'snapshot' | 'since' | 'read' | 'change' | 'createAccount' | 'accounts'
>

const graphOf = (shared: Shared): GraphPart => ({
  async snapshot() {
    const rows = [...shared.tables.values()].flatMap((tables) => tables.rows)
    return { epoch: shared.epoch, rows: rows.filter(isOfSnapshot) }
  },
  async since(epoch) {
    const later = shared.log.filter((entry) => entry.epoch > epoch)
    if (later.length !== shared.epoch - epoch) return undefined
    return { epoch: shared.epoch, changes: later.flatMap(({ changes }) => changes) }
  },
  async read(wants) {
    const values = wants.map(({ resource, version }) =>
      shared.tables.get(accountOf(resource))?.version(resource, version),
    )
    return { epoch: shared.epoch, values }
  },
  change: (account, work) =>
    shared.locked(account, async () => shared.commit(shared.tablesOf(account), work)),
  createAccount: (account, key, work) =>
    shared.locked(account, async () => {
      if (shared.tables.has(account)) {
        throw new Failure('conflict', `account ${JSON.stringify(account)} already exists`)
      }
      await shared.commit(new MemoryTables(account), work)
      shared.signingKeys.push(key)
    }),
  accounts: async () => [...shared.tables.keys()].toSorted(),
})

const isOfSnapshot = (row: Row): boolean => row.table !== 'annotation' || row.name === MIME_TYPE

type ValuesPart = Pick<
  Store,
  'writeSecret' | 'record' | 'audit' | 'credential' | 'annotations' | 'details' | 'search'
>

const valuesOf = (shared: Shared): ValuesPart => ({
  writeSecret: (resource, seal, event, keep) =>
    shared.locked(accountOf(resource), async () => {
      const tables = shared.tablesOf(accountOf(resource)).copy()
      const latest = tables.version(resource)
      const version = tables.addVersion(resource, (number) => seal(latest, number), keep)
      if (version !== latest?.version) shared.trail.record([event(version)])
      shared.tables.set(tables.account, tables)
      return version
    }),
  async record(events) {
    shared.trail.record(events)
  },
  audit: async (query) => shared.trail.find(query),
  credential: async (role) => shared.tables.get(accountOf(role))?.credential(role),
  async annotations(resource) {
    const rows = shared.tables.get(accountOf(resource))?.annotationsOf(resource) ?? []
    return new Map(rows.map(({ name, value }) => [name, value]))
  },
  async details(resources) {
    const found = resources.map(
      (id) => [id, shared.tables.get(accountOf(id))?.details(id)] as const,
    )
    return new Map(found.flatMap(([id, details]) => (details ? [[id, details] as const] : [])))
  },
  async search(account, text) {
    if (text.includes('\0')) {
      throw new Failure('argument_error', 'a text holds a character that cannot be stored')
    }
    const wanted = wordsIn(text)
    const found = [...shared.tables.values()]
      .filter((tables) => account === undefined || tables.account === account)
      .flatMap((tables) =>
        tables.resources.filter((id) => wanted.isSubsetOf(wordsIn(tables.wordsOf(id)))),
      )
    return new Set(wanted.size === 0 ? [] : found)
  },
})

/** The words of a text, of which singular and plural count as one. */
const wordsIn = (text: string): ReadonlySet<string> =>
  new Set(
    Array.from(text.toLowerCase().matchAll(/[\p{L}\p{N}_]+/gu), ([word]) => word.replace(/s$/, '')),
  )

type InstallationPart = Pick<Store, 'signingKeys' | 'dataKeys' | 'addFirstDataKey' | 'ping'>

const installationOf = (shared: Shared): InstallationPart => ({
  signingKeys: async () => [...shared.signingKeys],
  dataKeys: async () => [...shared.dataKeys],
  async addFirstDataKey(wrap) {
    const [first = { id: 1, wrapped: wrap(1) }] = shared.dataKeys
    if (shared.dataKeys.length === 0) shared.dataKeys.push(first)
    return first
  },
  async ping() {},
})
