import { accountOf, identifierOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { inTurns } from '#lib/turns.ts'
import type { Desired, Mode } from '#policy/compile.ts'
import { planPolicy } from '#policy/plan.ts'
import type { Plan } from '#policy/plan.ts'
import type { PolicySwitches } from '#policy/switches.ts'
import { mustBeIssuable } from './dynamic-policy.ts'
import type { DynamicPolicyParts } from './dynamic-policy.ts'
import { mustNotReachForeignUsers } from './foreign-users.ts'
import { isPermitted } from './permission.ts'
import { compileHere } from './policy-compiler.ts'
import type { PolicyCompiler } from './policy-compiler.ts'
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
  for (const id of graph.resourcesUnder(accountOf(target), `${identifierOf(target)}/`)) {
    if (!isPermitted(graph, session, 'update', id)) throw notPermitted(session.role, 'update', id)
  }
}

/** What a load is planned on, all of one moment. */
export interface PlanParts {
  readonly graph: RoleGraph
  readonly session: Session
  readonly transaction: Pick<ChangeTransaction, 'annotations'>
}

/** What decides, besides the language itself, what a policy may declare. */
export interface PlanRules {
  /** Reads texts; here and now unless said otherwise. */
  readonly compile?: PolicyCompiler
  readonly switches?: PolicySwitches
  /** Absent where dynamic variables are variables like others. */
  readonly dynamicPolicy?: DynamicPolicyParts | undefined
}

/** A load whose text can be read. */
export interface ReadableLoad extends PolicyLoad {
  /**
   * What the text asks for, as the graph has the policy. It is read once, and again only when the policy has changed hands meanwhile: so
   * a large text is read before the account is locked, and not under the lock. Throws like `compilePolicy`.
   */
  read(graph: RoleGraph): Promise<Desired>
}

/** Makes a load readable. */
export function readable(
  load: PolicyLoad,
  { compile = compileHere, switches = {} }: PlanRules,
): ReadableLoad {
  const { target, text, mode } = load
  let last: { readonly owner: Id; readonly desired: Desired } | undefined
  return {
    ...load,
    async read(graph) {
      const owner = graph.resource(target)?.owner
      if (owner === undefined) throw new Error(`the policy ${target} vanished under its lock`)
      if (last?.owner === owner) return last.desired
      const account = accountOf(target)
      const desired = await compile({ text, account, target, owner, mode, switches })
      last = { owner, desired }
      return desired
    },
  }
}

/**
 * What the load would do to what the transaction sees; the graph must be as new as that. Throws `policy_invalid` with every problem and
 * its position, `validation_failed` for a text that is empty, or that deletes in mode `add`.
 */
export async function planLoad(
  { graph, session, transaction }: PlanParts,
  load: ReadableLoad,
  { dynamicPolicy }: PlanRules,
): Promise<Plan> {
  const desired = await load.read(graph)
  mustNotReachForeignUsers(graph, session, desired)
  const annotations = await transaction.annotations(load.target, desired.resources)
  const plan = await inTurns(planPolicy(desired, graph, annotations))
  if (dynamicPolicy !== undefined) {
    await mustBeIssuable(dynamicPolicy, { graph, session, transaction, desired, plan })
  }
  return plan
}
