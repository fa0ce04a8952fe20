import type { Id } from '#domain/id.ts'
import type { Origin, Session } from './session.ts'

/** An access token as it goes over the wire: three strings of URL-safe base64 (reference/conjur-api.md 2.1). */
export interface AccessToken {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** Issues and reads access tokens. */
export interface Tokens {
  /** A token for `role`, good as long as its credential stays at `generation`, at most until its life ends. */
  issue(role: Id, generation: string): Promise<AccessToken>
  /**
   * The session of the bearer of an `Authorization` header. Throws `token_invalid` with the literal texts of
   * reference/conjur-api.md 1.2 when it is missing, forged, malformed or expired.
   */
  read(authorization: string | undefined, origin: Origin): Promise<Session>
  /** The account was deleted: whoever has its name from now on has another key. */
  forget(account: string): void
}
