import type { AccessEntryBody, AccessExplanationBody, AccessListBody } from '#api/access-wire.ts'
import { isAccessExplanation, isAccessList } from '#api/access-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import { bodyOf } from './answers.ts'
import { fullId, partsOf } from './ids.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'

/**
 * Why `role` may do `privilege` to `resource`, or what is missing (ids as `kind:id` or whole). Only a Strongroom tells; a server of another
 * make answers `not_found`, like one that has no such resource or role.
 */
export async function explainAccess(
  session: Session,
  role: string,
  privilege: string,
  resource: string,
): Promise<AccessExplanationBody> {
  const query = queryOf({ privilege, role: fullId(session.account, role) })
  const path = accessPath(session, resource) + query
  return bodyOf(await session.succeed({ method: 'GET', path }), isAccessExplanation)
}

/** How many roles one request asks for: what a server gives at most. */
const PAGE = 1000

/** Everybody who may do `privilege` to `resource`, page after page, and how they got there; of one kind, if that is named. */
export async function listAccess(
  session: Session,
  privilege: string,
  resource: string,
  kind?: string,
): Promise<AccessListBody> {
  const path = accessPath(session, resource)
  const roles: AccessEntryBody[] = []
  let token: string | undefined = ''
  let last: AccessListBody | undefined
  while (token !== undefined) {
    const query = queryOf({ privilege, kind, limit: PAGE, page_token: token })
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before it ended
    const answer = await session.succeed({ method: 'GET', path: path + query })
    last = bodyOf(answer, isAccessList)
    roles.push(...last.roles)
    const next: string | readonly string[] | undefined = answer.headers['x-next-page']
    token = typeof next === 'string' && last.roles.length > 0 ? next : undefined
  }
  return {
    privilege,
    resource: fullId(session.account, resource),
    hides_others: last?.hides_others ?? false,
    roles,
  }
}

const accessPath = (session: Session, resource: string): string =>
  fillPath(PATHS.access, { ...partsOf(fullId(session.account, resource)) })
