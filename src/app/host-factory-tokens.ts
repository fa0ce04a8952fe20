import { accountOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { parseTime, printSeconds } from '#lib/iso8601.ts'
import { parseCidr } from '#policy/cidr.ts'
import type { ApiKeys } from './credentials.ts'
import type { Gate } from './gate.ts'
import type { HostFactoryStore } from './host-factory-store.ts'
import { mustBeFactory } from './host-factory.ts'
import type { Clock, Deed, Recorder } from './recorder.ts'
import { mustBeAllowed } from './refusals.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** What host factories stand on. Their tokens are made like API keys, and like them kept as digests only. */
export interface HostFactoryParts {
  readonly gate: Gate
  readonly store: Store & HostFactoryStore
  readonly recorder: Recorder
  readonly apiKeys: ApiKeys
  readonly clock: Clock
}

/** Which tokens are wanted. */
export interface TokenOrder {
  readonly factory: Id
  /** ISO 8601. */
  readonly expiration: string
  readonly count: number
  /** Addresses and ranges from which they may be used, as the caller gave them; none means everywhere. */
  readonly cidrs: readonly string[]
  /** How many hosts each of them may make; any number when absent. */
  readonly maxUses?: number
}

/** A token on its way out: the only time that it is shown. */
export interface IssuedToken {
  readonly token: string
  readonly expiresAt: Date
  readonly cidrs: readonly string[]
  readonly maxUses?: number
}

/**
 * Makes tokens with which whoever has one can make hosts. Throws `not_found` when the factory is invisible, `forbidden` without `execute`,
 * `argument_error` for a wrong kind, a time that is none or not in the future, and an address range that is none.
 */
export type CreateHostFactoryTokens = (
  session: Session,
  order: TokenOrder,
) => Promise<readonly IssuedToken[]>

export function createHostFactoryTokens(parts: HostFactoryParts): CreateHostFactoryTokens {
  const { gate, store, recorder, apiKeys, clock } = parts
  return async (session, order) => {
    const { factory, count } = order
    const deed = creationOf(order)
    const { graph } = await gate.enter(session)
    try {
      mustBeFactory(factory)
      mustBeAllowed(graph, session, 'execute', factory)
      const terms = termsOf(order, clock())
      const tokens = Array.from({ length: count }, () => ({ token: apiKeys.generate(), ...terms }))
      await store.change(accountOf(factory), async (transaction) => {
        // The lock may have been waited for, and the factory or the privilege be gone.
        const { graph: settled } = await gate.enter(session)
        mustBeAllowed(settled, session, 'execute', factory)
        await transaction.addHostFactoryTokens(
          tokens.map(({ token, cidrs, expiresAt, maxUses }) => ({
            digest: apiKeys.digest(token),
            factory,
            cidrs,
            expiresAt,
            ...(maxUses === undefined ? {} : { usesLeft: maxUses }),
          })),
          new Date(clock()),
        )
        await transaction.record([recorder.done(session, deed)])
      })
      return tokens
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

const creationOf = ({ factory, expiration, count, cidrs, maxUses }: TokenOrder): Deed => ({
  kind: 'host-factory',
  operation: 'create-token',
  subject: {
    resource: factory,
    expiration: expiration.slice(0, 40),
    count,
    cidr: cidrs.join(',').slice(0, 500),
    ...(maxUses === undefined ? {} : { max_uses: maxUses }),
  },
})

function termsOf(
  { expiration, cidrs, maxUses }: TokenOrder,
  now: number,
): Omit<IssuedToken, 'token'> {
  return {
    expiresAt: futureTime(expiration, now),
    cidrs: cidrs.map(normalCidr),
    ...(maxUses === undefined ? {} : { maxUses }),
  }
}

function futureTime(text: string, now: number): Date {
  const time = parseTime(text)
  const shown = text.slice(0, 80)
  if (time === undefined) {
    throw new Failure('argument_error', `Input is invalid ISO8601 datetime string: ${shown}`)
  }
  // To the second, which is what the answer says of it.
  const expiresAt = new Date(printSeconds(time))
  if (expiresAt.getTime() > now) return expiresAt
  const message = `Value for parameter expiration must be in the future: ${shown}`
  throw new Failure('argument_error', message)
}

function normalCidr(text: string): string {
  const parsed = parseCidr(text)
  if ('cidr' in parsed) return parsed.cidr
  const message = `Invalid IP address or CIDR range '${text.slice(0, 80)}'`
  if (parsed.fault === 'malformed') throw new Failure('argument_error', message)
  const advice = `Value has bits set to right of mask. Did you mean '${parsed.suggestion}'?`
  throw new Failure('argument_error', `${message}: ${advice}`)
}

/**
 * Revokes a token; hosts that it made stay. Throws `not_found` for a token that does not exist or whose factory is invisible, `forbidden`
 * without `update` on the factory.
 */
export type RevokeHostFactoryToken = (session: Session, token: string) => Promise<void>

export function revokeHostFactoryToken(parts: HostFactoryParts): RevokeHostFactoryToken {
  const { gate, store, recorder, apiKeys } = parts
  return async (session, token) => {
    const digest = apiKeys.digest(token)
    const found = await store.hostFactoryToken(digest)
    const { graph } = await gate.enter(session)
    const deed: Deed = {
      kind: 'host-factory',
      operation: 'revoke-token',
      subject: found === undefined ? {} : { resource: found.factory },
    }
    try {
      if (found === undefined) throw noSuchToken()
      const { factory } = found
      if (!graph.visible(session.role, factory)) {
        throw noSuchToken(new Failure('forbidden', `${factory} is not visible to ${session.role}`))
      }
      mustBeAllowed(graph, session, 'update', factory)
      await store.change(accountOf(factory), async (transaction) => {
        const { graph: settled } = await gate.enter(session)
        mustBeAllowed(settled, session, 'update', factory)
        if (!(await transaction.removeHostFactoryToken(digest))) throw noSuchToken()
        await transaction.record([recorder.done(session, deed)])
      })
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}

/** The token is not repeated: the message may go where tokens do not belong. */
const noSuchToken = (why?: Failure): Failure =>
  new Failure('not_found', 'the host factory token is not found', {
    wire: { target: 'host_factory_token' },
    ...(why === undefined ? {} : { cause: why }),
  })
