import { makeId, rootPolicyOf } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import type { Gate } from './gate.ts'
import { isPermitted, mustNotLackFactor } from './permission.ts'
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
 * resource `webservice:strongroom/audit`; throws `forbidden` for everybody else, and `mfa_required`. Reading it is itself recorded.
 */
export type ReadAudit = (
  session: Session,
  query: AuditQuery,
) => Promise<readonly StoredAuditEvent[]>

export function readAudit({ gate, store, recorder }: ReadAuditParts): ReadAudit {
  return async (session, query) => {
    const { graph } = await gate.enter(session)
    const deed = { kind: 'audit', operation: 'list', subject: { account: query.account } } as const
    return recorder.during(session, deed, async () => {
      mustBeReader(graph, session, query.account)
      return store.audit(query)
    })
  }
}

/** Whoever owns the root policy reads the trail as its owner, but with the second factor that either of the two resources demands for it. */
function mustBeReader(graph: RoleGraph, session: Session, account: string): void {
  const root = rootPolicyOf(account)
  const gatekeeper = makeId(account, 'webservice', 'strongroom/audit')
  const owner = graph.resource(root)?.owner
  if (owner === undefined || !graph.holds(session.role, owner)) {
    if (isPermitted(graph, session, 'read', gatekeeper)) return
    throw notPermitted(session.role, 'read', gatekeeper)
  }
  mustNotLackFactor(graph, session, 'read', root)
  mustNotLackFactor(graph, session, 'read', gatekeeper)
}
