import { PATHS } from '#api/paths.ts'
import type {
  CheckPermission,
  CountResources,
  ListQuery,
  ListResources,
  ShowResource,
} from '#app/resources.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { printResource } from '#http/print-resource.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of resources. */
export interface ResourceUses {
  readonly showResource: ShowResource
  readonly listResources: ListResources
  readonly countResources: CountResources
  readonly checkPermission: CheckPermission
}

/** Resources (reference/conjur-api.md 1.8). */
export const resourceRoutes = (use: ResourceUses): readonly Route[] => [
  route('GET', PATHS.allResources, (call) => list(use, call, {})),
  route('GET', PATHS.resources, (call) => list(use, call, call.params)),
  route('GET', PATHS.resourcesOfKind, (call) => list(use, call, call.params)),
  route('GET', PATHS.resource, (call) => showOrCheck(use, call)),
]

async function showOrCheck(
  use: ResourceUses,
  call: Call<'account' | 'kind' | 'id'>,
): Promise<Answer> {
  const { account, kind, id } = call.params
  const session = await call.session()
  const resource = makeId(account, kind, id)
  const { query } = call
  if (!query.has('check'))
    return json(200, printResource(await use.showResource(session, resource)))
  const privilege = query.get('privilege') ?? ''
  if (privilege === '') throw new Failure('argument_error', 'privilege')
  const role = query.get('role')
  await use.checkPermission(session, { resource, privilege, ...(role === null ? {} : { role }) })
  return empty(204)
}

async function list(
  use: ResourceUses,
  call: Call,
  path: { readonly account?: string; readonly kind?: string },
): Promise<Answer> {
  const { query } = call
  const asked: ListQuery = { ...filterOf(query), ...path, ...pageOf(query) }
  const session = await call.session()
  if (query.get('count') === 'true') {
    return json(200, { count: await use.countResources(session, asked) })
  }
  const { page } = await use.listResources(session, asked)
  return json(200, page.map(printResource))
}

function filterOf(query: URLSearchParams): Omit<ListQuery, 'limit' | 'offset'> {
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

/** The most resources of one answer. */
const MAX_PAGE = 1000

/** A larger page that clients of the family ask for by habit, and get (reference/conjur-api.md 1.8). */
const HABITUAL_PAGE = 10_000

/** How many resources an offset alone asks for. */
const PAGE_OF_OFFSET = 10

function pageOf(query: URLSearchParams): Pick<ListQuery, 'limit' | 'offset'> {
  const offset = whole(query.get('offset'))
  const limit = whole(query.get('limit'))
  mustBePage(offset, limit)
  if (limit !== undefined && limit > MAX_PAGE && limit !== HABITUAL_PAGE && !query.has('count')) {
    throw invalid(`'Limit' parameter must not exceed ${MAX_PAGE}`)
  }
  return {
    offset: offset ?? 0,
    limit: limit ?? (offset === undefined ? MAX_PAGE : PAGE_OF_OFFSET),
  }
}

function mustBePage(offset = 0, limit = 1): void {
  if (!(limit > 0)) {
    throw invalid("'limit' contains an invalid value. 'limit' must be a positive integer.")
  }
  if (Number.isNaN(offset)) {
    throw invalid(
      "'offset' contains an invalid value. 'offset' must be an integer greater than or equal to 0.",
    )
  }
}

/** A whole number from its digits; `undefined` when absent, `NaN` when it is not one. */
function whole(digits: string | null): number | undefined {
  if (digits === null) return undefined
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN
}

const invalid = (message: string): Failure => new Failure('unprocessable_entity', message)
