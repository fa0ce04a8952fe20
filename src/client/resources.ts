import { fillPath, PATHS } from '#api/paths.ts'
import type { ResourceBody } from '#api/wire.ts'
import { isCount, isIdList, isResource, isResourceList } from '#api/wire.ts'
import { bodyOf, failureOf } from './answers.ts'
import { fullId, partsOf } from './ids.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'
import type { Answer } from './transport.ts'

/** Which resources are asked for; all conditions hold together. */
export interface ResourceFilter {
  readonly kind?: string
  /** Words that must all occur in the identifier, the kind or the annotations. */
  readonly search?: string
  readonly limit?: number
  readonly offset?: number
  /** Those that this role sees, `kind:id` or a full id; the caller must hold it. */
  readonly role?: string
}

/** The resources that the caller may see, in the order of their ids. */
export async function listResources(
  session: Session,
  filter: ResourceFilter,
): Promise<readonly ResourceBody[]> {
  const path = resourcesPath(session, filter, {})
  return bodyOf(await session.succeed({ method: 'GET', path }), isResourceList)
}

/** All of them, page after page, however many there are; a server of another make gives them at once. */
export async function listAllResources(
  session: Session,
  filter: Pick<ResourceFilter, 'kind' | 'search' | 'role'>,
): Promise<readonly ResourceBody[]> {
  const resources: ResourceBody[] = []
  let token: string | undefined = ''
  while (token !== undefined) {
    const path = resourcesPath(session, filter, { page_token: token })
    // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before it ended
    const answer = await session.succeed({ method: 'GET', path })
    resources.push(...bodyOf(answer, isResourceList))
    const next: string | readonly string[] | undefined = answer.headers['x-next-page']
    token = typeof next === 'string' ? next : undefined
  }
  return resources
}

/** Everything that the caller may know of a resource (`kind:id` or a full id). */
export async function fetchResource(session: Session, resource: string): Promise<ResourceBody> {
  const path = resourcePath(session, resource)
  return bodyOf(await session.succeed({ method: 'GET', path }), isResource)
}

/** Whether there is a resource, as far as the caller may know; one that may not be looked at is there (reference/broker-run-cli.md D.5). */
export async function resourceExists(session: Session, resource: string): Promise<boolean> {
  return isThere(await session.ask({ method: 'HEAD', path: resourcePath(session, resource) }))
}

/** Whether an answer says that what was asked for is there. */
export function isThere(answer: Answer): boolean {
  if ((answer.status >= 200 && answer.status < 300) || answer.status === 403) return true
  if (answer.status === 404) return false
  throw failureOf(answer)
}

/** How many resources the caller may see. */
export async function countResources(session: Session, filter: ResourceFilter): Promise<number> {
  const path = resourcesPath(session, filter, { count: 'true' })
  return bodyOf(await session.succeed({ method: 'GET', path }), isCount).count
}

/**
 * Whether the caller, or `role`, may do `privilege` to `resource` (`kind:id` or a full id). Refusals of every kind are `false`
 * (reference/broker-run-cli.md D.5): a resource that cannot be seen, a role that does not exist.
 */
export async function checkPermission(
  session: Session,
  resource: string,
  privilege: string,
  role?: string,
): Promise<boolean> {
  const path = resourcePath(session, resource)
  const asRole = role === undefined ? undefined : fullId(session.account, role)
  const query = queryOf({ check: 'true', privilege, role: asRole })
  const answer = await session.ask({ method: 'GET', path: path + query })
  if (answer.status >= 200 && answer.status < 300) return true
  if (answer.status === 403 || answer.status === 404) return false
  throw failureOf(answer)
}

/** The full ids of all roles that may do `privilege` to `resource` (`kind:id` or a full id). */
export async function listPermittedRoles(
  session: Session,
  resource: string,
  privilege: string,
): Promise<readonly string[]> {
  const path = resourcePath(session, resource)
  const query = queryOf({ permitted_roles: 'true', privilege })
  return bodyOf(await session.succeed({ method: 'GET', path: path + query }), isIdList)
}

const resourcePath = (session: Session, resource: string): string =>
  fillPath(PATHS.resource, { ...partsOf(fullId(session.account, resource)) })

function resourcesPath(
  session: Session,
  { role, ...filter }: ResourceFilter,
  extra: Readonly<Record<string, string>>,
): string {
  const asRole = role === undefined ? undefined : fullId(session.account, role)
  const path = fillPath(PATHS.resources, { account: session.account })
  return path + queryOf({ ...filter, role: asRole, ...extra })
}
