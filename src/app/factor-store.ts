import type { Id } from '#domain/id.ts'

/** What every second factor has. */
interface FactorFacts {
  /** Names it among all factors; nobody can guess the next one. */
  readonly id: string
  /** Whose it is: a user, with whom it goes. */
  readonly role: Id
  /** What its owner calls it. */
  readonly name: string
  readonly createdAt: Date
  /** Absent until it was used after it was enrolled. */
  readonly lastUsedAt?: Date
}

/** An authenticator app (RFC 6238). */
export interface StoredTotp extends FactorFacts {
  readonly kind: 'totp'
  /** The secret that it shares with us, sealed for this very factor of this very role. */
  readonly sealedSecret: Uint8Array
}

/** A passkey (WebAuthn). Nothing of it is secret. */
export interface StoredPasskey extends FactorFacts {
  readonly kind: 'passkey'
  /** The id of the credential, base64url; no two factors have the same. */
  readonly credentialId: string
  /** The public key, in the COSE form that the authenticator gave. */
  readonly publicKey: Uint8Array
  /** The signature counter that it showed last; stays 0 for one that does not count. */
  readonly counter: number
  /** How a browser may reach it: `internal`, `hybrid`, `usb` and so on. */
  readonly transports: readonly string[]
  /** Whether it is kept in more than one place. */
  readonly backedUp: boolean
}

/** A second factor that was enrolled. */
export type StoredFactor = StoredTotp | StoredPasskey

/** The kinds of second factor. */
export type FactorKind = StoredFactor['kind']

/** All that a role has to prove that it is there with. */
export interface RoleFactors {
  /** Oldest first. */
  readonly factors: readonly StoredFactor[]
  readonly recoveryCodesLeft: number
}

/** The writes of factors, as part of a transaction of the account. test/conformance/factor-store.ts is their contract. */
export interface FactorTransaction {
  /** What the role has, as the transaction sees it. */
  factorsOf(role: Id): Promise<RoleFactors>
  /** Adds a factor. Throws `not_found` when its role is not there, `conflict` when there is a factor of its id or credential. */
  addFactor(factor: StoredFactor): Promise<void>
  /** Removes a factor of `role`, and with the last one the recovery codes; resolves to whether it was there. */
  removeFactor(role: Id, id: string): Promise<boolean>
  /** Removes all factors and recovery codes of `role`. */
  removeFactors(role: Id): Promise<void>
  /** Gives `role` these recovery codes instead of all that it had. Throws `not_found` when the role is not there. */
  replaceRecoveryCodes(role: Id, digests: readonly Uint8Array[]): Promise<void>
}

/** How a factor was used. */
export interface FactorUse {
  readonly role: Id
  readonly id: string
  readonly at: Date
  /** What a passkey showed. */
  readonly passkey?: { readonly counter: number; readonly backedUp: boolean }
}

/** Where second factors are found and used, on all nodes. */
export interface FactorStore {
  factorsOf(role: Id): Promise<RoleFactors>
  /**
   * Notes a use and resolves to whether it counts: not when the factor is gone, and not when the counter of a passkey did not grow, unless
   * it is 0 and always was (WebAuthn Level 3, 6.1.1). Of two uses with the same counter at a time, one counts.
   */
  useFactor(use: FactorUse): Promise<boolean>
  /** Takes away a recovery code and resolves to whether the role had it. Of any number of calls at a time, on whichever nodes, one had it. */
  useRecoveryCode(role: Id, digest: Uint8Array): Promise<boolean>
}
