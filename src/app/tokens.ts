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

/** Issues and reads access tokens. */
export interface Tokens {
  /**
   * A token for `role`, good as long as its credential stays at `generation`, at most until its life ends: after `seconds`, within
   * {@link LONGEST_LIFE}, or as long as those of its kind live. It may be
   * used from `cidrs` alone, where they are given.
   */
  issue(
    role: Id,
    generation: string,
    seconds?: number,
    cidrs?: readonly string[],
  ): Promise<AccessToken>
  /**
   * The session of the bearer of an `Authorization` header. Throws `token_invalid` with the literal texts of
   * reference/conjur-api.md 1.2 when it is missing, forged, malformed or expired.
   */
  read(authorization: string | undefined, origin: Origin): Promise<Session>
  /** The account was deleted: whoever has its name from now on has another key. */
  forget(account: string): void
}
