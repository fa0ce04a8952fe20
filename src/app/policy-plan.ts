import { accountOf, identifierOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { compilePolicy } from '#policy/compile.ts'
import type { Mode } from '#policy/compile.ts'
import { planPolicy } from '#policy/plan.ts'
import type { Plan } from '#policy/plan.ts'
import type { PolicySwitches } from '#policy/switches.ts'
import { mustNotReachForeignUsers } from './foreign-users.ts'
import { mustBeAllowed, notPermitted } from './refusals.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction } from './store.ts'

/** A policy to be loaded into a branch. */
export interface PolicyLoad {
  /** The policy resource that the text is loaded into. */
  readonly target: Id
  readonly text: string
  readonly mode: Mode
}

/** The privilege that a load needs (reference/conjur-api.md 1.7). */
const PRIVILEGE = { add: 'create', update: 'update', replace: 'update' } as const

/**
 * Throws `not_found` when the policy is invisible to the caller, `forbidden` without the privilege that the load needs on it, which for
 * a replacement it needs on everything in the policy, too.
 */
export function mustBeLoadable(
  graph: RoleGraph,
  session: Session,
  { target, mode }: PolicyLoad,
): void {
  mustBeAllowed(graph, session, PRIVILEGE[mode], target)
  if (mode !== 'replace') return
  const account = accountOf(target)
  const prefix = `${identifierOf(target)}/`
  for (const { id } of graph.resources()) {
    if (accountOf(id) !== account || !identifierOf(id).startsWith(prefix)) continue
    if (!graph.allowed(session.role, 'update', id)) throw notPermitted(session.role, 'update', id)
  }
}

/** What a load is planned on, all of one moment. */
export interface PlanParts {
  readonly graph: RoleGraph
  readonly session: Session
  readonly transaction: Pick<ChangeTransaction, 'annotations'>
}

/**
 * What the load would do to what the transaction sees; the graph must be as new as that. Throws `policy_invalid` with every problem and
 * its position, `validation_failed` for a text that is empty, or that deletes in mode `add`.
 */
export async function planLoad(
  { graph, session, transaction }: PlanParts,
  { target, text, mode }: PolicyLoad,
  switches: PolicySwitches = {},
): Promise<Plan> {
  const owner = graph.resource(target)?.owner
  if (owner === undefined) throw new Error(`the policy ${target} vanished under its lock`)
  const account = accountOf(target)
  const desired = compilePolicy({ text, account, target, owner, mode, switches })
  mustNotReachForeignUsers(graph, session, desired)
  const annotations = await transaction.annotations(target, desired.resources)
  return planPolicy(desired, graph, annotations)
}
