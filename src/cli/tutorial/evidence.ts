import type { AuditFilter } from '#client/audit-trail.ts'
import type { World } from './step.ts'

/** Who is who in the tutorial, as the audit trail names them. */
export const ADMIN = 'user:admin'
export const APP = 'host:app/web'
export const PASSWORD = 'variable:app/password'

/** A record that the trail must hold. */
export interface Evidence extends Pick<AuditFilter, 'role' | 'resource' | 'operation' | 'result'> {
  /** The kind of the event, where the operation alone says too little. */
  readonly kind?: string
  /** Only records after the one with this id. */
  readonly after?: number
}

/** The id of the newest record of the step that is such evidence, of a success unless stated; `undefined` when there is none. */
export async function evidenceOf(
  { trail }: Pick<World, 'trail'>,
  { kind, after = 0, result = 'success', ...filter }: Evidence,
): Promise<number | undefined> {
  const entries = await trail({ ...filter, result })
  return entries.find(({ id, event }) => id > after && (kind === undefined || event.kind === kind))
    ?.id
}
