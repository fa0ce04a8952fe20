import { PATHS } from '#api/paths.ts'
import type { FetchPolicy, PolicyQuery } from '#app/fetch-policy.ts'
import type { LoadPolicy, PolicyLoaded } from '#app/load-policy.ts'
import type { TryPolicy } from '#app/try-policy.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { POLICIES } from '#http/about/policies.ts'
import { json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { printTrial } from '#http/print-trial.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The largest policy that is taken has so many bytes: some 500,000 statements. */
const LARGE = { maxBody: 64 * 1024 * 1024 }

/** The use-cases behind the routes of policies. */
export interface PolicyUses {
  readonly loadPolicy: LoadPolicy
  readonly tryPolicy: TryPolicy
  readonly fetchPolicy: FetchPolicy
}

/** Policies (reference/conjur-api.md 1.7): GET tells what is in effect, POST adds, PATCH updates, PUT replaces. */
export const policyRoutes = (use: PolicyUses): readonly Route[] => [
  route('GET', PATHS.policy, POLICIES.fetch, (call) => fetch(use.fetchPolicy, call)),
  route('POST', PATHS.policy, POLICIES.add, (call) => load(use, call, 'add'), LARGE),
  route('PATCH', PATHS.policy, POLICIES.update, (call) => load(use, call, 'update'), LARGE),
  route('PUT', PATHS.policy, POLICIES.replace, (call) => load(use, call, 'replace'), LARGE),
]

/** The type of the request decides on the form of the answer, as clients of the family ask for it. */
async function fetch(fetchPolicy: FetchPolicy, call: Call<'account' | 'id'>): Promise<Answer> {
  const { account, id } = call.params
  const session = await call.session()
  const form = call.header('content-type') === 'application/json' ? 'json' : 'yaml'
  const target = makeId(account, 'policy', id)
  const body = await fetchPolicy(session, { target, form, ...boundsIn(call.query) })
  const type = form === 'json' ? 'application/json; charset=utf-8' : 'application/x-yaml'
  return { status: 200, type, body }
}

/** A semicolon separates parameters, too. */
function boundsIn(query: URLSearchParams): Pick<PolicyQuery, 'depth' | 'limit'> {
  const pairs = [...query].map(([name, value]) => `${name}=${value}`).join(';')
  const split = new URLSearchParams(pairs.replaceAll(';', '&'))
  const depth = split.get('depth')
  const limit = split.get('limit')
  return { ...(depth === null ? {} : { depth }), ...(limit === null ? {} : { limit }) }
}

async function load(
  use: PolicyUses,
  call: Call<'account' | 'id'>,
  mode: 'add' | 'update' | 'replace',
): Promise<Answer> {
  const { account, id } = call.params
  const session = await call.session()
  const target = makeId(account, 'policy', id)
  const asked = { target, text: utf8(await call.body()), mode }
  // INVARIANT: what was asked for as a dry run is never loaded for real.
  if (isDryRun(call.query)) {
    const trial = await use.tryPolicy(session, asked)
    return json('problems' in trial ? 422 : 200, printTrial(target, trial))
  }
  return json(201, printLoaded(await use.loadPolicy(session, asked)))
}

const isDryRun = (query: URLSearchParams): boolean =>
  query.getAll('dryRun').some((value) => value.trim().toLowerCase() === 'true')

const UTF8 = new TextDecoder('utf8', { fatal: true })

function utf8(body: Buffer): string {
  try {
    return UTF8.decode(body)
  } catch (error) {
    throw new Failure('policy_invalid', 'the policy is not UTF-8 text', { cause: error })
  }
}

const printLoaded = ({ version, createdRoles, warnings }: PolicyLoaded): unknown => ({
  created_roles: Object.fromEntries(
    createdRoles.map(({ id, apiKey }) => [id, { id, api_key: apiKey }]),
  ),
  version,
  ...(warnings.length === 0 ? {} : { warnings }),
})
