import type { Id } from '#domain/id.ts'

/** What is known of an issuer: whatever makes secrets in our name. */
export interface StoredIssuer {
  /** The policy that stands for it, whose identifier ends with its name. It goes with that policy. */
  readonly policy: Id
  /** The name of its kind: `aws`. */
  readonly type: string
  /** How long what it issues may be good, in seconds. */
  readonly maxTtl: number
  /** What it proves itself with to the other side, sealed for this very issuer. */
  readonly sealedData: Uint8Array
  readonly createdAt: Date
  readonly modifiedAt: Date
}

/** The writes of issuers, as part of a transaction of the account. test/conformance/issuer-store.ts is their contract. */
export interface IssuerTransaction {
  /** Adds an issuer, or puts it in place of the one of the same policy, whose time of creation stays. The policy must be there. */
  putIssuer(issuer: StoredIssuer): Promise<void>
}

/** Where issuers are found. */
export interface IssuerStore {
  issuer(policy: Id): Promise<StoredIssuer | undefined>
  /** All issuers of an account, sorted by their policies. */
  issuers(account: string): Promise<readonly StoredIssuer[]>
}
