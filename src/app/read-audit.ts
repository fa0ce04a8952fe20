import { makeId, rootPolicyOf } from '#domain/id.ts'
import type { Gate } from './gate.ts'
import type { Recorder } from './recorder.ts'
import { notPermitted } from './refusals.ts'
import type { Session } from './session.ts'
import type { AuditQuery, Store, StoredAuditEvent } from './store.ts'

/** What reading the trail stands on. */
export interface ReadAuditParts {
  readonly gate: Gate
  readonly store: Store
  readonly recorder: Recorder
}

/**
 * Records of an account's trail, newest first. It may be read by whoever owns the root policy, and by roles that may `read` the
 * resource `webservice:strongroom/audit`; throws `forbidden` for everybody else. Reading it is itself recorded.
 */
export type ReadAudit = (
  session: Session,
  query: AuditQuery,
) => Promise<readonly StoredAuditEvent[]>

export function readAudit({ gate, store, recorder }: ReadAuditParts): ReadAudit {
  return async (session, query) => {
    const { graph } = await gate.enter(session)
    const gatekeeper = makeId(query.account, 'webservice', 'strongroom/audit')
    const owner = graph.resource(rootPolicyOf(query.account))?.owner
    const deed = { kind: 'audit', operation: 'list', subject: { account: query.account } } as const
    return recorder.during(session, deed, async () => {
      const owns = owner !== undefined && graph.holds(session.role, owner)
      if (!owns && !graph.allowed(session.role, 'read', gatekeeper)) {
        throw notPermitted(session.role, 'read', gatekeeper)
      }
      return store.audit(query)
    })
  }
}
