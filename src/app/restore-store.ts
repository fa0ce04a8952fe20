import type { Id } from '#domain/id.ts'
import type { ChangeTransaction, PolicyVersion, StoredSigningKey } from './store.ts'

/** A version of a secret as it was elsewhere. */
export interface RestoredSecret {
  readonly resource: Id
  readonly version: number
  readonly sealed: Uint8Array
  readonly expiresAt?: Date
}

/** A transaction that may also write what has its number already. */
export interface RestoreTransaction extends ChangeTransaction {
  restoreSecrets(secrets: readonly RestoredSecret[]): Promise<void>
  restorePolicyVersions(versions: readonly PolicyVersion[]): Promise<void>
}

/** Where an account of another installation is put. test/conformance/restore-store.ts is its contract. */
export interface RestoreStore {
  /** Creates an account like `Store.createAccount`, with its past; throws `conflict` when it exists. */
  restoreAccount(
    key: StoredSigningKey,
    work: (transaction: RestoreTransaction) => Promise<void>,
  ): Promise<void>
}
