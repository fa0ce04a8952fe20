import type { AccessExplanationBody, AccessListBody, AccessPathBody } from '#api/access-wire.ts'
import { PATHS } from '#api/paths.ts'
import type { ExplainAccess, ListAccess, NeededFactor } from '#app/explain-access.ts'
import type { AccessPath } from '#domain/access-path.ts'
import { makeId, parseIdIn } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { ACCESS } from '#http/about/access.ts'
import { json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { formFields } from '#http/form.ts'
import { pageIn, withNextPage } from '#http/paging.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The use-cases behind the route of access. */
export interface AccessUses {
  readonly explainAccess: ExplainAccess
  readonly listAccess: ListAccess
}

/** How many roles one answer lists. */
const MAX_LISTED = 1000

/** Who may do something to a resource and how they got there; with `role` in the query, why that role may or may not. */
export const accessRoutes = (use: AccessUses): readonly Route[] => [
  route('GET', PATHS.access, ACCESS.explain, (call) =>
    call.query.has('role') ? explain(use, call) : list(use, call),
  ),
]

type AccessCall = Call<'account' | 'kind' | 'id'>

async function explain(use: AccessUses, call: AccessCall): Promise<Answer> {
  const session = await call.session()
  const { resource, privilege } = askedIn(call)
  const role = parseIdIn(call.params.account, call.query.get('role') ?? '')
  const { paths, ...rest } = await use.explainAccess(session, { resource, privilege, role })
  const body: AccessExplanationBody = {
    role,
    privilege,
    resource,
    allowed: paths.length > 0,
    paths: paths.map(printPath),
    privileges: rest.privileges,
    granted: rest.granted,
    hides_others: rest.hidesOthers,
    ...printFactor(rest.factor),
  }
  return json(200, body)
}

function printFactor(factor?: NeededFactor): Pick<AccessExplanationBody, 'second_factor'> {
  if (factor === undefined) return {}
  const { within, isMissing } = factor
  return { second_factor: { within, ...(isMissing === undefined ? {} : { missing: isMissing }) } }
}

async function list(use: AccessUses, call: AccessCall): Promise<Answer> {
  const session = await call.session()
  const { resource, privilege } = askedIn(call)
  const found = await use.listAccess(session, {
    resource,
    privilege,
    kinds: formFields(call.query).get('kind')?.values ?? [],
    ...pageIn(call.query, MAX_LISTED),
  })
  const body: AccessListBody = {
    privilege,
    resource,
    roles: found.items.map((entry) => ({ role: entry.role, ...printPath(entry) })),
    hides_others: found.hidesOthers,
  }
  return withNextPage(json(200, body), found)
}

function askedIn({ params: { account, kind, id }, query }: AccessCall) {
  const privilege = query.get('privilege') ?? ''
  if (privilege === '') throw new Failure('argument_error', 'privilege')
  return { resource: makeId(account, kind, id), privilege }
}

const printPath = ({ ground, roles }: AccessPath): AccessPathBody => ({
  ground,
  path: roles.map((role) => role ?? null),
})
