import { fillPath, PATHS } from '#api/paths.ts'
import type { DryRunBody } from '#api/dry-run.ts'
import { isDryRun } from '#api/dry-run.ts'
import type { PolicyLoadBody } from '#api/wire.ts'
import { isPolicyLoad } from '#api/wire.ts'
import { bodyOf, mustSucceed } from './answers.ts'
import { parseJson } from './json.ts'
import { queryOf } from './query.ts'
import type { Session } from './session.ts'
import type { Call } from './transport.ts'

const METHODS = { load: 'POST', update: 'PATCH', replace: 'PUT' } as const

/** `load` only adds, `update` also changes and deletes what the text says, `replace` deletes what it does not mention. */
export type PolicyMode = keyof typeof METHODS

/** A text to load into the policy `branch`. */
export interface PolicyText {
  readonly branch: string
  readonly text: string | Uint8Array
  readonly mode: PolicyMode
}

/** Loads a policy, whole or not at all; throws `policy_invalid` with the server's message when it is not valid. */
export async function loadPolicy(session: Session, policy: PolicyText): Promise<PolicyLoadBody> {
  return bodyOf(await session.succeed(policyCall(session, policy)), isPolicyLoad)
}

/** What loading a policy would do; an invalid one is an answer here and no failure. Nothing changes. */
export async function tryPolicy(session: Session, policy: PolicyText): Promise<DryRunBody> {
  const call = policyCall(session, policy)
  const answer = await session.ask({ ...call, path: `${call.path}?dryRun=true` })
  const body = parseJson(answer.body.toString())
  if (answer.status === 422 && isDryRun(body)) return body
  return bodyOf(mustSucceed(answer), isDryRun)
}

/** How much of a policy is asked for, and in which form. */
export interface PolicyQuery {
  readonly branch: string
  readonly form: 'yaml' | 'json'
  readonly depth?: number
  readonly limit?: number
}

/** The policy that is in effect in a branch, as a text that loads it. */
export async function fetchPolicy(
  session: Session,
  { branch, form, depth, limit }: PolicyQuery,
): Promise<string> {
  const { body } = await session.succeed({
    method: 'GET',
    path:
      fillPath(PATHS.policy, { account: session.account, id: branch }) + queryOf({ depth, limit }),
    // The server goes by the type of the request.
    headers: { 'Content-Type': form === 'json' ? 'application/json' : 'application/x-yaml' },
  })
  return body.toString()
}

const policyCall = (session: Session, { branch, text, mode }: PolicyText): Call => ({
  method: METHODS[mode],
  path: fillPath(PATHS.policy, { account: session.account, id: branch }),
  headers: { 'Content-Type': 'application/x-yaml' },
  body: text,
})
