import type { AccessToken } from './access-token.ts'

/** Where the access token of a request comes from. */
export interface TokenHolder {
  /** A token that should still be accepted. */
  current(): Promise<AccessToken>
  /** Tells that the server refused `token`; answers whether {@link TokenHolder.current} may now give a better one. */
  refused(token: AccessToken): boolean
}

/** A holder that a token with a second factor can be given to. */
export interface SteppableTokens extends TokenHolder {
  /** Gives `token` from now on, until it is due for replacement or refused. */
  stepUp(token: AccessToken): void
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
      held = heldFrom(token, now)
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

/**
 * The tokens of `plain` until somebody proved a second factor, then that token while it lasts: measured like the life of a {@link renewedToken}.
 * When it is refused the token before it is distrusted as well, since the removal of a factor ends both.
 */
export function steppableTokens(plain: TokenHolder, now: () => number): SteppableTokens {
  let stepped: Held | undefined
  let last: AccessToken | undefined
  return {
    async current() {
      if (stepped !== undefined && now() < stepped.freshUntil) return stepped.token
      last = await plain.current()
      return last
    },
    refused(token) {
      if (stepped?.token !== token) return plain.refused(token)
      stepped = undefined
      if (last !== undefined) plain.refused(last)
      return true
    },
    stepUp(token) {
      stepped = heldFrom(token, now)
    },
  }
}

const heldFrom = (token: AccessToken, now: () => number): Held => ({
  token,
  freshUntil: now() + token.lifeSeconds * 1000 * REFRESH_AT,
})
