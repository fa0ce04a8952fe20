import type { Id } from '#domain/id.ts'
import type { ChangeTransaction, PolicyVersion, StoredSigningKey } from './store.ts'

/** A version of a secret as it was elsewhere. */
export interface RestoredSecret {
  readonly resource: Id
  readonly version: number
  readonly sealed: Uint8Array
  readonly expiresAt?: Date
}

/** A time that something of a role or a resource had elsewhere. */
export interface RestoredTime {
  readonly id: Id
  readonly at: Date
}

/** The times of what a transaction has put: when roles and resources were created, and when keys were last replaced. */
export interface RestoredTimes {
  readonly roles: readonly RestoredTime[]
  readonly resources: readonly RestoredTime[]
  readonly keys: readonly RestoredTime[]
}

/** A transaction that may also write what has its number already. */
export interface RestoreTransaction extends ChangeTransaction {
  restoreSecrets(secrets: readonly RestoredSecret[]): Promise<void>
  restorePolicyVersions(versions: readonly PolicyVersion[]): Promise<void>
  /** Sets times of what is there; those of what is not there are nothing. */
  restoreTimes(times: RestoredTimes): Promise<void>
}

/** Where an account of another installation is put. test/conformance/restore-store.ts is its contract. */
export interface RestoreStore {
  /** Creates an account like `Store.createAccount`, with its past; throws `conflict` when it exists. */
  restoreAccount(
    key: StoredSigningKey,
    work: (transaction: RestoreTransaction) => Promise<void>,
  ): Promise<void>
}
