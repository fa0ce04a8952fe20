import type { AccessToken } from './access-token.ts'

/** Where the access token of a request comes from. */
export interface TokenHolder {
  /** A token that should still be accepted. */
  current(): Promise<AccessToken>
  /** Tells that the server refused `token`; answers whether {@link TokenHolder.current} may now give a better one. */
  refused(token: AccessToken): boolean
}

/** The share of its life after which a token is replaced (reference/conjur-api.md 2.4). */
const REFRESH_AT = 0.85

interface Held {
  readonly token: AccessToken
  readonly freshUntil: number
}

/**
 * Keeps what `obtain` brings in memory and asks for the next one at 85 % of its life, measured from its arrival by `now`
 * (monotonic milliseconds), so that the clocks of the two machines need not agree. Requests that need a token at the same
 * time share one `obtain`; when that fails they all fail, and the next request tries again.
 */
export function renewedToken(obtain: () => Promise<AccessToken>, now: () => number): TokenHolder {
  let held: Held | undefined
  let pending: Promise<AccessToken> | undefined

  const renew = async (): Promise<AccessToken> => {
    try {
      const token = await obtain()
      held = { token, freshUntil: now() + token.lifeSeconds * 1000 * REFRESH_AT }
      return token
    } finally {
      pending = undefined
    }
  }

  return {
    current() {
      if (held !== undefined && now() < held.freshUntil) return Promise.resolve(held.token)
      pending ??= renew()
      return pending
    },
    refused(token) {
      // Another request may have renewed it already; that one must not be thrown away.
      if (held?.token === token) held = undefined
      return true
    },
  }
}

/** Asks `read` each time: for a token which somebody else keeps fresh. */
export const freshToken = (read: () => Promise<AccessToken>): TokenHolder => ({
  current: read,
  refused: () => true,
})

/** Gives what `token` returns for good; a refusal is final. */
export const fixedToken = (token: () => AccessToken): TokenHolder => ({
  current: () => Promise.resolve().then(token),
  refused: () => false,
})
