import type { StrongroomError } from './strongroom-error.ts'

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, which then throws the reason of the signal. */
  readonly signal?: AbortSignal
}

/** Which value of a variable to read. */
export interface SecretOptions extends CallOptions {
  /** Counted from 1; the newest when absent. */
  readonly version?: number
}

/** Which resources to list; all conditions hold together. */
export interface ListOptions extends CallOptions {
  /** For example `variable` or `host`. */
  readonly kind?: string
  /** Words that must all occur in the id, the kind or the annotations. */
  readonly search?: string
  /** Only those that this role sees, `kind:id`; the caller must hold it. */
  readonly role?: string
}

/** What to check. */
export interface CheckOptions extends CallOptions {
  /** Instead of the caller, `kind:id`. */
  readonly role?: string
}

/** Something that policy made. */
export interface Resource {
  /** `account:kind:id`. */
  readonly id: string
  /** The role that may do everything to it, `account:kind:id`. */
  readonly owner: string
}

/** Who the caller is to the server. */
export interface Identity {
  /** The account of the role. */
  readonly account: string
  /** For example `alice`, or `host/shop/cart`. */
  readonly login: string
  /** The address that the server sees. */
  readonly clientIp: string
}

/** How to watch. */
export interface WatchOptions extends CallOptions {
  /** The time from one look to the next, in milliseconds, give or take a fifth; 30 seconds when absent, at least a tenth of a second. */
  readonly intervalMs?: number
  /** Is told of each look that failed for a reason that may pass. */
  readonly onFailure?: (error: StrongroomError) => void
}

/** The value that a variable has now; `undefined` when it cannot be read: it has none, or the caller is not permitted. */
export interface SecretChange {
  /** As it was given. */
  readonly id: string
  /** Byte for byte. */
  readonly value: Buffer | undefined
}

/**
 * A Strongroom or Conjur server as a program sees it. Ids of variables are given as `db/password`, other ids as `kind:id`, for example
 * `group:team/devs`; full ids will do. Every call throws a {@link StrongroomError} when the server refuses or cannot be had.
 */
export interface Strongroom extends AsyncDisposable {
  /** The account that short ids are of. */
  readonly account: string
  /** The value of a variable, byte for byte. */
  secret(id: string, options?: SecretOptions): Promise<Buffer>
  /** The value of a variable as text; throws `not_acceptable` when it is not UTF-8. */
  secretText(id: string, options?: SecretOptions): Promise<string>
  /**
   * The values of variables by the ids as they were given: all of them, or an error that names those which cannot be read. One request serves a
   * thousand.
   */
  secrets(ids: readonly string[], options?: CallOptions): Promise<ReadonlyMap<string, Buffer>>
  /** The values of those variables that the caller can read; the others are not in the map. */
  readableSecrets(
    ids: readonly string[],
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, Buffer>>
  /**
   * Gives a variable a value; text is stored as UTF-8. It is not sent a second time when it may have arrived, since somebody else may have
   * set another value meanwhile: after `unreachable` or `unavailable` the value may be the old one or the new one.
   */
  setSecret(id: string, value: Uint8Array | string, options?: CallOptions): Promise<void>
  /** The resources that the caller may see, in the order of their ids. */
  list(options?: ListOptions): Promise<readonly Resource[]>
  /** Whether the caller, or `role`, may do `privilege` to `resource`; `false` for what is not there. */
  check(resource: string, privilege: string, options?: CheckOptions): Promise<boolean>
  /** Who the caller is to the server. */
  whoami(options?: CallOptions): Promise<Identity>
  /**
   * The value of each variable, and from then on each change of one, until `signal` is aborted, the loop is left or {@link Strongroom.close} is
   * called; none of that is an error. Whoever is slow gets the newest value and not each one between. The server is asked again and again, and
   * each time records that the values were read.
   */
  watch(ids: readonly string[], options?: WatchOptions): AsyncGenerator<SecretChange, void, void>
  /** Ends what is under way, which then throws `closed` as whatever is asked later does, and every watch; closes the connections. */
  close(): void
}
