import { accountOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { Gate } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import { mustBeAllowed } from './refusals.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store } from './store.ts'
import { SECRET_KINDS } from './vault.ts'

/** What ending secrets stands on. */
export interface EndSecretParts {
  readonly gate: Gate
  readonly store: Store
  readonly recorder: Recorder
}

/**
 * Something that is done to a secret by whoever may `update` it. Throws `not_found` when it is invisible, `forbidden` without the privilege,
 * `argument_error` for a resource whose kind does not have such a secret. The deed and its record become durable together.
 */
export type EndSecret = (session: Session, id: Id) => Promise<void>

/** Removes all versions of a secret: reads answer as if it had never been set, until it is set again. The trail stays. */
export const clearSecret = (parts: EndSecretParts): EndSecret =>
  secretEnd(parts, {
    operation: 'clear',
    kinds: SECRET_KINDS,
    end: (transaction, id) => transaction.clearSecret(id),
  })

/** Makes a secret due for rotation now, whenever it would have expired (reference/conjur-api.md 1.10). */
export const expireSecret = (parts: EndSecretParts): EndSecret =>
  secretEnd(parts, {
    operation: 'expire',
    kinds: new Set(['variable']),
    end: (transaction, id) => transaction.expireSecret(id),
  })

interface SecretEnd {
  readonly operation: string
  readonly kinds: ReadonlySet<string>
  readonly end: (transaction: ChangeTransaction, id: Id) => Promise<void>
}

function secretEnd(
  { gate, store, recorder }: EndSecretParts,
  { operation, kinds, end }: SecretEnd,
): EndSecret {
  return async (session, id) => {
    const deed: Deed = { kind: 'update', operation, subject: { resource: id } }
    const { graph } = await gate.enter(session)
    try {
      mustBeAllowed(graph, session, 'update', id)
      if (!kinds.has(kindOf(id))) {
        throw new Failure('argument_error', `Invalid secret kind: ${kindOf(id)}`)
      }
      await store.change(accountOf(id), async (transaction) => {
        // The lock may have been waited for: nothing of this graph can change any more.
        const { graph: settled } = await gate.enter(session)
        mustBeAllowed(settled, session, 'update', id)
        await end(transaction, id)
        await transaction.record([recorder.done(session, deed)])
      })
    } catch (error) {
      await recorder.record([recorder.refused(session, deed, error)])
      throw error
    }
  }
}
