import { PATHS } from '#api/paths.ts'
import type { ChangeMembers } from '#app/change-members.ts'
import type { Page } from '#app/page.ts'
import type {
  ListMemberships,
  ListRolesHeld,
  MembershipQuery,
  ShowRole,
  ShowRoleGraph,
} from '#app/roles.ts'
import type { MembershipRow } from '#domain/change.ts'
import { makeId, parseIdIn } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { ROLES } from '#http/about/roles.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { formFields } from '#http/form.ts'
import type { Fields } from '#http/form.ts'
import { mustBeKind, ROLE_KINDS } from '#http/kinds.ts'
import { pageIn, UNLIMITED, withNextPage } from '#http/paging.ts'
import { printMembership, printRole } from '#http/print-role.ts'
import { noSuchRoute, route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the routes of roles. */
export interface RoleUses {
  readonly showRole: ShowRole
  readonly showRoleGraph: ShowRoleGraph
  readonly listRolesHeld: ListRolesHeld
  readonly listMemberships: ListMemberships
  readonly listMembers: ListMemberships
  readonly addMember: ChangeMembers
  readonly removeMember: ChangeMembers
}

type RoleCall = Call<'account' | 'kind' | 'id'>

/**
 * Roles and their memberships (reference/conjur-api.md 1.9). What a GET answers is chosen by its query: the first of `graph`, `all`,
 * `memberships` and `members` that is there decides, whatever its value.
 */
export const roleRoutes = (use: RoleUses): readonly Route[] => [
  route('GET', PATHS.role, ROLES.show, (call) => {
    const { query } = call
    if (query.has('graph')) return graph(use, call)
    if (query.has('all')) return held(use, call)
    if (query.has('memberships')) return memberships(use.listMemberships, call)
    if (query.has('members')) return memberships(use.listMembers, call)
    return show(use, call)
  }),
  route('POST', PATHS.role, ROLES.addMember, (call) => changeMembers(use.addMember, call)),
  route('DELETE', PATHS.role, ROLES.removeMember, (call) => changeMembers(use.removeMember, call)),
]

function roleIn({ params: { account, kind, id } }: RoleCall): Id {
  mustBeKind(ROLE_KINDS, kind)
  return makeId(account, kind, id)
}

const show = async (use: RoleUses, call: RoleCall): Promise<Answer> =>
  json(200, printRole(await use.showRole(await call.session(), roleIn(call))))

const graph = async (use: RoleUses, call: RoleCall): Promise<Answer> =>
  json(200, await use.showRoleGraph(await call.session(), roleIn(call)))

async function held(use: RoleUses, call: RoleCall): Promise<Answer> {
  const filter = listIn(formFields(call.query), 'filter')
  const roles = await use.listRolesHeld(await call.session(), roleIn(call), filter)
  return json(200, call.query.has('count') ? { count: roles.length } : roles)
}

async function memberships(list: ListMemberships, call: RoleCall): Promise<Answer> {
  const { query } = call
  const page = await list(await call.session(), roleIn(call), askedIn(query))
  return query.has('count') ? json(200, { count: page.total }) : printPage(page)
}

const printPage = (page: Page<MembershipRow>): Answer =>
  withNextPage(json(200, page.items.map(printMembership)), page)

function askedIn(query: URLSearchParams): MembershipQuery {
  const fields = formFields(query)
  const search = query.get('search') ?? ''
  return {
    ...(search === '' ? {} : { search }),
    kinds: listIn(fields, 'kind'),
    filter: listIn(fields, 'filter'),
    page: pageIn(query, UNLIMITED),
  }
}

const listIn = (fields: Fields, name: string): readonly string[] => fields.get(name)?.values ?? []

async function changeMembers(change: ChangeMembers, call: RoleCall): Promise<Answer> {
  const session = await call.session()
  const role = roleIn(call)
  const { query } = call
  if (!query.has('members')) throw noSuchRoute()
  const member = query.get('member') ?? ''
  if (member === '') throw new Failure('argument_error', 'member')
  await change(session, role, parseIdIn(call.params.account, member))
  return empty(204)
}
