import { PATHS } from '#api/paths.ts'
import type { LoadPolicy, PolicyLoaded } from '#app/load-policy.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

/** The largest policy that is taken, in bytes: some 500,000 statements. */
const MAX_POLICY = 64 * 1024 * 1024

/** Policies (reference/conjur-api.md 1.7): POST adds, PATCH updates, PUT replaces. */
export const policyRoutes = (use: { readonly loadPolicy: LoadPolicy }): readonly Route[] =>
  (
    [
      ['POST', 'add'],
      ['PATCH', 'update'],
      ['PUT', 'replace'],
    ] as const
  ).map(([method, mode]) =>
    route(method, PATHS.policy, (call) => load(use.loadPolicy, call, mode), {
      maxBody: MAX_POLICY,
    }),
  )

async function load(
  loadPolicy: LoadPolicy,
  call: Call<'account' | 'id'>,
  mode: 'add' | 'update' | 'replace',
): Promise<Answer> {
  const { account, id } = call.params
  const session = await call.session()
  refuseDryRun(call.query)
  const target = makeId(account, 'policy', id)
  const text = utf8(await call.body())
  return json(201, printLoaded(await loadPolicy(session, { target, text, mode })))
}

/** INVARIANT: what was asked for as a dry run is never loaded for real. */
function refuseDryRun(query: URLSearchParams): void {
  if (query.get('dryRun')?.trim().toLowerCase() !== 'true') return
  throw new Failure('not_implemented', 'this server cannot dry-run a policy yet')
}

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
