import type { Id } from '#domain/id.ts'
import type { Origin, Session } from './session.ts'

/** An access token as it goes over the wire: three strings of URL-safe base64 (reference/conjur-api.md 2.1). */
export interface AccessToken {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** How long an access token may live, in seconds (reference/conjur-api.md 2.3). */
export const LONGEST_LIFE = 18_000

/** What is special about a token. */
export interface TokenTerms {
  /** How long it lives, within {@link LONGEST_LIFE}; as long as those of its kind when absent. */
  readonly seconds?: number | undefined
  /** When it ends at the latest, in milliseconds since 1970: that of a token which it is issued for, so that no token prolongs itself. */
  readonly until?: number | undefined
  /** The only addresses from which it may be used. */
  readonly cidrs?: readonly string[] | undefined
  /** How its bearer proved a second factor (RFC 8176 section 2). It then lives no longer than those of its kind. */
  readonly factor?: readonly string[] | undefined
  /** When they did, in milliseconds since 1970; just now when absent, and never later. */
  readonly provenAt?: number | undefined
}

/** Issues and reads access tokens. */
export interface Tokens {
  /** A token for `role`, good as long as its credential stays at `generation`, at most until its life ends. */
  issue(role: Id, generation: string, terms?: TokenTerms): Promise<AccessToken>
  /**
   * The session of the bearer of an `Authorization` header. Throws `token_invalid` with the literal texts of
   * reference/conjur-api.md 1.2 when it is missing, forged, malformed or expired.
   */
  read(authorization: string | undefined, origin: Origin): Promise<Session>
  /** The account was deleted: whoever has its name from now on has another key. */
  forget(account: string): void
}
