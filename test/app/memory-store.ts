import type { AnnotationStore } from '#app/annotation-store.ts'
import type { Failures, LockOutStore } from '#app/lock-out-store.ts'
import type { FactorStore } from '#app/factor-store.ts'
import type { HostFactoryStore } from '#app/host-factory-store.ts'
import type { IssuerStore } from '#app/issuer-store.ts'
import type { OnceStore } from '#app/once-store.ts'
import type { PublicKeyStore } from '#app/public-key-store.ts'
import { MIME_TYPE } from '#app/store.ts'
import type { ChangeTransaction, Store, StoredSigningKey, WrappedDataKey } from '#app/store.ts'
import type { AuditEvent } from '#app/audit.ts'
import type { Change, Row } from '#domain/change.ts'
import { isOfDemand } from '#domain/factor-demand.ts'
import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { memoryFactorStore } from './memory-factors.ts'
import { memoryLockOut } from './memory-lock-out.ts'
import { memoryOnce } from './memory-once.ts'
import { MemoryTables, subjectOf } from './memory-tables.ts'
import { MemoryTrail } from './memory-trail.ts'

/** A database in memory, which any number of nodes may share. */
export interface MemoryDatabase {
  /** The store of one node. */
  open(): MemoryStore
  /** Ages the change log, so that no epoch of the past can be continued from it. */
  forgetLog(): void
}

/** Every port of the database at once. */
export type MemoryStore = Store &
  AnnotationStore &
  FactorStore &
  HostFactoryStore &
  IssuerStore &
  LockOutStore &
  OnceStore &
  PublicKeyStore &
  AsyncDisposable

/** What all nodes share. */
class Shared {
  readonly tables = new Map<string, MemoryTables>()
  readonly signingKeys: StoredSigningKey[] = []
  readonly dataKeys: WrappedDataKey[] = []
  readonly trail = new MemoryTrail()
  readonly failures = new Map<string, Failures>()
  readonly usedOnce = new Map<string, number>()
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

  /** Runs `work` once nobody else holds the lock of any account. */
  lockedAll<T>(work: () => Promise<T>): Promise<T> {
    return [...this.tables.keys()].reduce(
      (inner, account) => () => this.locked(account, inner),
      work,
    )()
  }

  tablesOf(account: string): MemoryTables {
    const tables = this.tables.get(account)
    if (tables === undefined) {
      throw new Failure('not_found', `account ${quoted(account)} is not found`)
    }
    return tables
  }

  /** Runs `work` on copies of the tables of an account, and of `others` that it may change; they become theirs when it succeeds. */
  async commit<T>(
    tables: MemoryTables,
    work: (transaction: ChangeTransaction) => Promise<T>,
    others: readonly MemoryTables[] = [],
  ): Promise<T> {
    const draft = tables.copy()
    const drafts = [draft, ...others.map((other) => other.copy())]
    const changes: Change[] = []
    const events: AuditEvent[] = []
    const apply = (list: readonly Change[]): void => {
      applyTo(drafts, list)
      changes.push(...list)
    }
    const { transaction, end } = transactionOn(draft, this.epoch, { apply, events })
    const result = await work(transaction).finally(end)
    for (const each of drafts) this.tables.set(each.account, each)
    this.trail.record(events)
    if (changes.length > 0) this.log.push({ epoch: (this.epoch += 1), changes })
    return result
  }
}

/** Applies changes to the tables of their accounts; to those of the first one what is of none, which it refuses. */
function applyTo(drafts: readonly MemoryTables[], changes: readonly Change[]): void {
  const [first] = drafts
  const ofEach = Map.groupBy(changes, ({ row }) => {
    const account = accountOf(subjectOf(row))
    return drafts.find((draft) => draft.account === account) ?? first
  })
  for (const [draft, list] of ofEach) draft?.apply(list)
}

/** Opens a database that has nothing in it. */
export function memoryDatabase(): MemoryDatabase {
  const shared = new Shared()
  return {
    open: () => ({
      ...graphOf(shared),
      ...valuesOf(shared),
      ...keyedOf(shared),
      ...memoryFactorStore(shared),
      ...installationOf(shared),
      ...memoryLockOut(shared.failures),
      ...memoryOnce(shared.usedOnce),
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
  {
    apply,
    events,
  }: { readonly apply: (list: readonly Change[]) => void; readonly events: AuditEvent[] },
): { readonly transaction: ChangeTransaction; readonly end: () => void } {
  let isOver = false
  const during = async <T>(step: () => T): Promise<T> => {
    if (isOver) throw new Error('the transaction is over')
    return step()
  }
  const transaction: ChangeTransaction = {
    epoch,
    annotations: (policy, resources) => during(() => tables.annotationsFor(policy, resources)),
    apply: (list) => during(() => apply(list)),
    addVersion: (resource, seal) => during(() => tables.addVersion(resource, seal)),
    latest: (resource) => during(() => tables.version(resource)),
    clearSecret: (resource) => during(() => tables.clearSecret(resource)),
    // No value in memory has an expiry that could be taken from it.
    expireSecret: () => during(() => undefined),
    replaceKeys: (keys) =>
      during(() => {
        for (const { role, digest } of keys) tables.replaceKey(role, digest)
      }),
    addLoginKey: (role, digest, expiresAt, keep) =>
      during(() => tables.addLoginKey(role, { digest, expiresAt }, keep)),
    setPassword: (role, passwordHash) => during(() => tables.setPassword(role, passwordHash)),
    addHostFactoryTokens: (tokens, now) => during(() => tables.tokens.add(tokens, now)),
    spendHostFactoryToken: (digest) => during(() => tables.tokens.spend(digest)),
    removeHostFactoryToken: (digest) => during(() => tables.tokens.remove(digest)),
    putIssuer: (issuer) => during(() => tables.putIssuer(issuer)),
    factorsOf: (role) => during(() => tables.factors.of(role)),
    addFactor: (factor) => during(() => tables.addFactor(factor)),
    removeFactor: (role, id) => during(() => tables.factors.remove(role, id)),
    removeFactors: (role) => during(() => tables.factors.forget(role)),
    replaceRecoveryCodes: (role, digests) =>
      during(() => tables.replaceRecoveryCodes(role, digests)),
    addPolicyVersion: (version, keep) => during(() => tables.addPolicyVersion(version, keep)),
    record: (list) => during(() => void events.push(...list)),
  }
  return { transaction, end: () => void (isOver = true) }
}

type GraphPart = Pick<
  Store,
  'snapshot' | 'since' | 'read' | 'change' | 'createAccount' | 'deleteAccount' | 'accounts'
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
        throw new Failure('conflict', `account ${JSON.stringify(account)} already exists`, {
          wire: {
            target: 'account',
            details: { code: 'conflict', target: 'id', message: account },
          },
        })
      }
      await shared.commit(new MemoryTables(account), work)
      shared.signingKeys.push(key)
    }),
  deleteAccount: (account, work) =>
    shared.lockedAll(async () => {
      const { signingKeys } = shared
      const others = [...shared.tables.values()].filter((tables) => tables.account !== account)
      await shared.commit(shared.tablesOf(account), work, others)
      shared.tables.delete(account)
      const kept = signingKeys.filter((key) => key.account !== account)
      signingKeys.splice(0, signingKeys.length, ...kept)
    }),
  accounts: async () => [...shared.tables.keys()].toSorted(),
})

const isOfSnapshot = (row: Row): boolean =>
  row.table !== 'annotation' || row.name === MIME_TYPE || isOfDemand(row.name)

type ValuesPart = Pick<
  Store,
  | 'writeSecret'
  | 'record'
  | 'audit'
  | 'credential'
  | 'annotations'
  | 'details'
  | 'search'
  | 'roleCreatedAt'
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
  roleCreatedAt: async (role) => shared.tables.get(accountOf(role))?.roleCreatedAt(role),
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

type KeyedPart = AnnotationStore & HostFactoryStore & IssuerStore & PublicKeyStore

const keyedOf = (shared: Shared): KeyedPart => ({
  async annotationsOf(resources) {
    const found = resources.map((id) => {
      const rows = shared.tables.get(accountOf(id))?.annotationsOf(id) ?? []
      const byName = rows.toSorted((one, other) => (one.name < other.name ? -1 : 1))
      return [id, new Map(byName.map(({ name, value }) => [name, value]))] as const
    })
    return new Map(found.filter(([, annotations]) => annotations.size > 0))
  },
  async hostFactoryToken(digest) {
    return [...shared.tables.values()]
      .map(({ tokens }) => tokens.find(digest))
      .find((token) => token !== undefined)
  },
  async hostFactoryTokens(factories) {
    return [...shared.tables.values()]
      .flatMap(({ tokens }) => tokens.of(factories))
      .toSorted((one, other) => one.expiresAt.getTime() - other.expiresAt.getTime())
  },
  issuer: async (policy) => shared.tables.get(accountOf(policy))?.issuer(policy),
  issuers: async (account) => shared.tables.get(account)?.issuers ?? [],
  async publicKeys(account, prefix) {
    const tables = shared.tables.get(account)
    return (tables?.resources ?? [])
      .filter((id) => kindOf(id) === 'public_key' && identifierOf(id).startsWith(prefix))
      .flatMap((resource) => {
        const newest = tables?.version(resource)
        return newest === undefined ? [] : [{ resource, ...newest }]
      })
  },
})

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
