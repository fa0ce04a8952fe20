import { roleOfLogin } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { Gate } from './gate.ts'
import { mustBeRole } from './recognition.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
import type { AccessToken, Tokens } from './tokens.ts'

/** What handing out tokens on the server's own machine stands on. */
export interface LocalParts {
  readonly gate: Gate
  readonly recorder: Recorder
  readonly tokens: Tokens
  readonly clock: Clock
}

/** What whoever owns the server wants a token for. */
export interface LocalOrder {
  readonly account: string
  /** `alice`, or `host/shop/cart`. */
  readonly login: string
  /** When it ends, in seconds since 1970; as usual when absent. */
  readonly expires?: number
  /** The only addresses from which it may be used; those of the role when absent. */
  readonly cidrs?: readonly string[]
  /** The id of the request, for the trail. */
  readonly request: string
}

const DEED: Deed = {
  kind: 'authn',
  operation: 'authenticate',
  subject: { authenticator: 'authn-local' },
}

/** It comes from this machine, and says nothing of where the token will be used. */
const CLIENT_IP = '127.0.0.1'

/**
 * An access token for any role that can log in, without a proof: whoever may ask is as powerful as the server (reference/conjur-api.md 2.5).
 * `restricted_to` is not asked here, but wherever the token is used. Throws `unauthorized` for a role that is not there or cannot log in, and for an
 * end that has passed. The outcome is in the trail before it is known outside.
 */
export type AuthenticateLocal = (order: LocalOrder) => Promise<AccessToken>

export function authenticateLocal(parts: LocalParts): AuthenticateLocal {
  const { recorder } = parts
  return async (order) => {
    const { account, request } = order
    const who = { account, user: 'not-found', origin: { clientIp: CLIENT_IP, request } }
    try {
      const role = roleOfLogin(account, order.login)
      const { graph } = await parts.gate.pass()
      const generation = mustBeRole(graph, role)
      who.user = role
      const seconds = secondsOf(order, parts.clock)
      const token = await parts.tokens.issue(role, generation, { seconds, cidrs: order.cidrs })
      await recorder.record([recorder.attempt(who, DEED)])
      return token
    } catch (error) {
      await recorder.record([recorder.attempt(who, DEED, error)])
      throw error
    }
  }
}

function secondsOf({ expires }: LocalOrder, clock: Clock): number | undefined {
  if (expires === undefined) return undefined
  const seconds = Math.floor(expires - clock() / 1000)
  if (seconds > 0) return seconds
  throw new Failure('unauthorized', 'CONJ00016E Token expired before it was made')
}
