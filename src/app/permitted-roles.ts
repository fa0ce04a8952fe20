import type { Id } from '#domain/id.ts'
import type { Deed } from './recorder.ts'
import { mustBeVisible } from './refusals.ts'
import type { ResourceParts } from './resources.ts'
import type { Session } from './session.ts'

/**
 * All roles that may do `privilege` to a resource: its owner, those that it is permitted to, and all their members. Throws `not_found`
 * when the caller cannot see the resource (reference/conjur-api.md 1.8).
 */
export type ListPermittedRoles = (
  session: Session,
  resource: Id,
  privilege: string,
) => Promise<readonly Id[]>

export function listPermittedRoles({
  gate,
  recorder,
}: Pick<ResourceParts, 'gate' | 'recorder'>): ListPermittedRoles {
  return async (session, resource, privilege) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = {
      kind: 'resource',
      operation: 'permitted-roles',
      subject: { resource, privilege },
    }
    return recorder.during(session, deed, async () => {
      mustBeVisible(graph, session, resource)
      return graph.permittedRoles(privilege, resource)
    })
  }
}
