import type { Id } from '#domain/id.ts'
import type { SealedVersion } from './store.ts'

/** The newest value of a public key. */
export interface StoredPublicKey extends SealedVersion {
  readonly resource: Id
}

/** Where public keys are found. test/conformance/public-key-store.ts is its contract. */
export interface PublicKeyStore {
  /** The resources of kind `public_key` in `account` whose identifier begins with `prefix` and that have a value, in no particular order. */
  publicKeys(account: string, prefix: string): Promise<readonly StoredPublicKey[]>
}
