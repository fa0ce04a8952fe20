import { fillPath, PATHS } from '#api/paths.ts'
import type { AuditEntryBody } from '#api/wire.ts'
import { isAuditTrail } from '#api/wire.ts'
import { bodyOf } from './answers.ts'
import { fullId } from './ids.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'

/** Which audit records are asked for; all conditions hold together. Roles and resources are `kind:id` or full ids. */
export interface AuditFilter {
  readonly resource?: string
  readonly role?: string
  readonly operation?: string
  readonly result?: 'success' | 'failure'
  readonly limit?: number
  /** Only records before the one with this id. */
  readonly before?: number
}

/** The audit records that match, newest first. */
export async function fetchAudit(
  session: Session,
  { resource, role, ...filter }: AuditFilter,
): Promise<readonly AuditEntryBody[]> {
  const query = queryOf({
    resource: resource === undefined ? undefined : fullId(session.account, resource),
    role: role === undefined ? undefined : fullId(session.account, role),
    ...filter,
  })
  const path = fillPath(PATHS.audit, { account: session.account }) + query
  return bodyOf(await session.succeed({ method: 'GET', path }), isAuditTrail)
}
