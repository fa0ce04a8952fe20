import type { Change, Row } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations } from '#domain/world.ts'
import type { AuditEvent } from './audit.ts'
import type { FactorTransaction } from './factor-store.ts'
import type { HostFactoryTransaction } from './host-factory-store.ts'
import type { IssuerTransaction } from './issuer-store.ts'

/** A secret value as storage holds it: sealed, and bound to its resource and version (docs/adr/0004). */
export interface SealedVersion {
  readonly version: number
  readonly sealed: Uint8Array
}

/** One value that a request asks for: the newest version, or the one named. */
export interface Want {
  readonly resource: Id
  readonly version?: number
}

/** What one round trip brought: the epoch, and for each want its value, all of one moment. */
export interface Reading {
  readonly epoch: number
  /** In the order of the wants; `undefined` where there is no such version. */
  readonly values: readonly (SealedVersion | undefined)[]
}

/** The annotation that says with which `Content-Type` the value of a variable goes out (reference/conjur-api.md 1.10). */
export const MIME_TYPE = 'conjur/mime_type'

/**
 * All rows of all accounts that a node holds, with the epoch at which they were read: those of the graph, and of annotations those
 * of the name {@link MIME_TYPE} and all by which a resource demands a second factor (`isOfDemand`).
 */
export interface Snapshot {
  readonly epoch: number
  /** Made while they are gone through, in no particular order: there are many, and whoever reads them keeps another form of them. */
  readonly rows: Iterable<Row>
}

/** What changed after an epoch, in order. */
export interface Catchup {
  readonly epoch: number
  readonly changes: readonly Change[]
}

/** A key of an API client: only its digest is kept. */
export interface ApiKeyRecord {
  readonly digest: Uint8Array
  /** `main` is the role's API key; `login` one that a password login issued (docs/compatibility.md). */
  readonly kind: 'main' | 'login'
  readonly expiresAt?: Date
}

/** What is known to check a user's or a host's proof of identity; a role without any has none of these. */
export interface StoredCredential {
  readonly keys: readonly ApiKeyRecord[]
  readonly passwordHash?: string
  /** When the main key was last replaced. */
  readonly rotatedAt?: Date
}

/** A signing key of an account: the private half sealed under the keyring, the public half clear. */
export interface StoredSigningKey {
  readonly account: string
  readonly kid: string
  readonly sealedPrivateKey: Uint8Array
  readonly publicKeyPem: string
}

/** A data key wrapped under the master key. */
export interface WrappedDataKey {
  readonly id: number
  readonly wrapped: Uint8Array
}

/** What the resource API shows besides what the graph knows. Times are UTC. */
export interface ResourceDetails {
  readonly createdAt: Date
  readonly annotations: readonly {
    readonly name: string
    readonly value: string
    readonly policy?: Id
  }[]
  readonly secrets: readonly { readonly version: number; readonly expiresAt?: Date }[]
  readonly policyVersions: readonly PolicyVersion[]
}

/** One load of a policy. */
export interface PolicyVersion {
  readonly version: number
  readonly policy: Id
  readonly role: Id
  readonly text: string
  readonly sha256: string
  readonly clientIp: string
  readonly createdAt: Date
  readonly finishedAt: Date
}

/**
 * The writes of one account, one transaction at a time: from its start to its end no other transaction changes who may
 * do what in that account. What it wrote is durable when {@link Store.change} resolves, or not there at all.
 */
export interface ChangeTransaction
  extends FactorTransaction, HostFactoryTransaction, IssuerTransaction {
  /** The epoch of what the transaction sees; a decision in it needs a graph at least this new. */
  readonly epoch: number
  /** The annotations that were loaded through `policy`, and all those of `resources`. */
  annotations(policy: Id, resources: readonly Id[]): Promise<Annotations>
  /** Writes the rows and appends them to the epoch log; the epoch grows by one at commit when there were any. */
  apply(changes: readonly Change[]): Promise<void>
  /** Adds a value as the next version; `seal` is called with the number that it gets. */
  addVersion(resource: Id, seal: (version: number) => Uint8Array): Promise<number>
  /** The newest value of a resource, `undefined` when it has none. */
  latest(resource: Id): Promise<SealedVersion | undefined>
  /** Removes every version of a value; the next one still gets a number of its own. Throws `not_found` when the resource is gone. */
  clearSecret(resource: Id): Promise<void>
  /** Takes the expiry from every version of a value, so that it is due at once; does nothing when there is none. */
  expireSecret(resource: Id): Promise<void>
  /** Gives each of the roles one main key, instead of all keys that it had. */
  replaceKeys(keys: readonly { readonly role: Id; readonly digest: Uint8Array }[]): Promise<void>
  /** Adds a key of a password login; keeps the newest `keep` of them. */
  addLoginKey(role: Id, digest: Uint8Array, expiresAt: Date, keep: number): Promise<void>
  /** Sets the password hash of a user and removes its login keys. */
  setPassword(role: Id, passwordHash: string): Promise<void>
  /** Adds a version of a policy, keeps the newest `keep`; returns its number. */
  addPolicyVersion(
    version: Omit<PolicyVersion, 'version' | 'finishedAt'>,
    keep: number,
  ): Promise<number>
  /** Adds audit records that become durable with the transaction or not at all. */
  record(events: readonly AuditEvent[]): Promise<void>
}

/**
 * Where everything is kept: the port that PostgreSQL implements. Every method throws `unavailable` when the
 * database does not answer within its deadline; nothing hangs. test/conformance/store.ts is its contract.
 */
export interface Store {
  /** Everything a node holds; for its start. */
  snapshot(): Promise<Snapshot>
  /** What was committed after `epoch`; `undefined` when the log no longer reaches back that far and a snapshot is needed. */
  since(epoch: number): Promise<Catchup | undefined>
  /** The current epoch and the values asked for, in one round trip and one database snapshot. */
  read(wants: readonly Want[]): Promise<Reading>
  /** Runs `work` in a transaction that holds the lock of `account`; throws `not_found` for an unknown account. */
  change<T>(account: string, work: (transaction: ChangeTransaction) => Promise<T>): Promise<T>
  /**
   * Sets a secret: `seal` gets the newest value and the number of the next version and returns the sealed next value, or
   * `undefined` to leave things as they are. The value and the audit record that `event` makes of the resulting version
   * become durable together. Keeps the newest `keep` versions. Throws `not_found` when the resource is gone.
   */
  writeSecret(
    resource: Id,
    seal: (latest: SealedVersion | undefined, version: number) => Uint8Array | undefined,
    event: (version: number) => AuditEvent,
    keep: number,
  ): Promise<number>
  /** Makes audit records durable, in one commit. */
  record(events: readonly AuditEvent[]): Promise<void>
  /** Audit records of an account, newest first. */
  audit(query: AuditQuery): Promise<readonly StoredAuditEvent[]>
  credential(role: Id): Promise<StoredCredential | undefined>
  annotations(resource: Id): Promise<ReadonlyMap<string, string>>
  details(resources: readonly Id[]): Promise<ReadonlyMap<Id, ResourceDetails>>
  /** The resources of `account` whose identifier, kind and annotations hold every word of `text` (conjur-api.md 1.8 `search`). */
  search(account: string | undefined, text: string): Promise<ReadonlySet<Id>>
  /** When a role was created, `undefined` when there is no such role. */
  roleCreatedAt(role: Id): Promise<Date | undefined>
  accounts(): Promise<readonly string[]>
  /** Creates an account with its signing key, in one transaction with its first changes; throws `conflict` when it exists. */
  createAccount(
    account: string,
    key: StoredSigningKey,
    work: (transaction: ChangeTransaction) => Promise<void>,
  ): Promise<void>
  /**
   * Deletes an account with its keys, in one transaction with `work`, which removes its rows and may change rows of every other account:
   * all accounts are locked meanwhile. Its audit records stay. Throws `not_found` for an unknown account.
   */
  deleteAccount(
    account: string,
    work: (transaction: ChangeTransaction) => Promise<void>,
  ): Promise<void>
  signingKeys(): Promise<readonly StoredSigningKey[]>
  dataKeys(): Promise<readonly WrappedDataKey[]>
  /** Adds a data key; `wrap` gets the id that it will have. When another node added the first one meanwhile, returns that. */
  addFirstDataKey(wrap: (id: number) => Uint8Array): Promise<WrappedDataKey>
  /** Resolves when the database answers; for `/readyz`. */
  ping(): Promise<void>
}

/** Which audit records are asked for; all conditions hold together. */
export interface AuditQuery {
  readonly account: string
  readonly role?: Id
  readonly resource?: Id
  readonly operation?: string
  readonly result?: 'success' | 'failure'
  readonly limit: number
  /** Only records before this one. */
  readonly before?: number
}

/** An audit record with its place in the trail. */
export interface StoredAuditEvent {
  readonly id: number
  readonly event: AuditEvent
}
