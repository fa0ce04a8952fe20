import { PATHS } from '#api/paths.ts'
import type { CountResources, ListQuery, ListResources } from '#app/list-resources.ts'
import type { PageQuery } from '#app/page.ts'
import type { ListPermittedRoles } from '#app/permitted-roles.ts'
import type { CheckPermission, ShowResource } from '#app/resources.ts'
import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { RESOURCES } from '#http/about/resources.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { mustBeKind, RESOURCE_KINDS } from '#http/kinds.ts'
import { pageIn, UNLIMITED, withNextPage } from '#http/paging.ts'
import { printResource } from '#http/print-resource.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of resources. */
export interface ResourceUses {
  readonly showResource: ShowResource
  readonly listResources: ListResources
  readonly countResources: CountResources
  readonly checkPermission: CheckPermission
  readonly listPermittedRoles: ListPermittedRoles
}

/** How many resources one answer lists unless the operator says otherwise. */
const USUAL_LIMIT = 1000

/** Resources (reference/conjur-api.md 1.8), at most `maxListed` of them in an answer; 0 for no limit. */
export const resourceRoutes = (
  use: ResourceUses,
  maxListed: number = USUAL_LIMIT,
): readonly Route[] => [
  route('GET', PATHS.allResources, RESOURCES.listAll, (call) => list(use, call, {}, maxListed)),
  route('GET', PATHS.resources, RESOURCES.listAccount, (call) =>
    list(use, call, call.params, maxListed),
  ),
  route('GET', PATHS.resourcesOfKind, RESOURCES.listKind, async (call) => {
    mustBeKind(RESOURCE_KINDS, call.params.kind)
    return list(use, call, call.params, maxListed)
  }),
  route('GET', PATHS.resource, RESOURCES.show, async (call) => {
    const { query } = call
    if (query.has('check')) return check(use, call)
    if (query.has('permitted_roles')) return permittedRoles(use, call)
    return json(200, printResource(await use.showResource(await call.session(), resourceIn(call))))
  }),
]

type ResourceCall = Call<'account' | 'kind' | 'id'>

const resourceIn = ({ params: { account, kind, id } }: ResourceCall): Id =>
  makeId(account, kind, id)

async function check(use: ResourceUses, call: ResourceCall): Promise<Answer> {
  // Some clients always send it, and leave it empty for the caller.
  const role = call.query.get('role') ?? ''
  await use.checkPermission(await call.session(), {
    resource: resourceIn(call),
    privilege: mustHavePrivilege(call.query.get('privilege')),
    ...(role === '' ? {} : { role }),
  })
  return empty(204)
}

async function permittedRoles(use: ResourceUses, call: ResourceCall): Promise<Answer> {
  const { query } = call
  const privilege = mustHavePrivilege(query.get('privilege') ?? query.get('permission'))
  const session = await call.session()
  return json(200, await use.listPermittedRoles(session, resourceIn(call), privilege))
}

function mustHavePrivilege(privilege: string | null): string {
  if (privilege === null || privilege === '') throw new Failure('argument_error', 'privilege')
  return privilege
}

async function list(
  use: ResourceUses,
  call: Call,
  path: { readonly account?: string; readonly kind?: string },
  maxListed: number,
): Promise<Answer> {
  const { query } = call
  const page = pageIn(query, maxListed === 0 ? UNLIMITED : maxListed)
  const asked: ListQuery = { ...filterOf(query), ...path, ...page }
  const session = await call.session()
  if (query.get('count') === 'true') {
    return json(200, { count: await use.countResources(session, asked) })
  }
  const found = await use.listResources(session, asked)
  return withNextPage(json(200, found.items.map(printResource)), found)
}

function filterOf(query: URLSearchParams): Omit<ListQuery, keyof PageQuery> {
  const asked = {
    account: query.get('account'),
    kind: query.get('kind'),
    search: query.get('search'),
    owner: query.get('owner'),
    role: query.get('role') ?? query.get('acting_as'),
  }
  return Object.fromEntries(
    Object.entries(asked).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  )
}
