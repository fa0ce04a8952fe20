import type { Id } from '#domain/id.ts'

/** What is known of a host factory token; the token itself is not. */
export interface HostFactoryToken {
  readonly digest: Uint8Array
  readonly factory: Id
  /** The addresses (CIDR) from which it may be used; none means everywhere. */
  readonly cidrs: readonly string[]
  readonly expiresAt: Date
  /** How many hosts it may still make; absent when it may make any number. */
  readonly usesLeft?: number
}

/** The writes of tokens, as part of a transaction of the account. test/conformance/host-factory-store.ts is their contract. */
export interface HostFactoryTransaction {
  /** Adds tokens, and forgets those of the same factories that expired before `now`. */
  addHostFactoryTokens(tokens: readonly HostFactoryToken[], now: Date): Promise<void>
  /** Takes one use of a token; tells whether there was one. With its last use the token is gone. */
  spendHostFactoryToken(digest: Uint8Array): Promise<boolean>
  /** Removes a token; tells whether there was one. */
  removeHostFactoryToken(digest: Uint8Array): Promise<boolean>
}

/** Where host factory tokens are found. They go with their factory. */
export interface HostFactoryStore {
  hostFactoryToken(digest: Uint8Array): Promise<HostFactoryToken | undefined>
  /** The tokens of `factories`, those that expire first before others. */
  hostFactoryTokens(factories: readonly Id[]): Promise<readonly HostFactoryToken[]>
}
