import { accountOf } from '#domain/id.ts'
import { PolicyFault } from '#policy/fault.ts'
import type { PolicyProblem } from '#policy/fault.ts'
import { affectedBy, reportLoad } from '#policy/load-report.ts'
import type { LoadReport } from '#policy/load-report.ts'
import type { Gate } from './gate.ts'
import { mustBeLoadable, planLoad, readable } from './policy-plan.ts'
import type { PlanRules, PolicyLoad, ReadableLoad } from './policy-plan.ts'
import type { Deed, Recorder } from './recorder.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction, Store } from './store.ts'

/** What trying policy stands on. */
export interface TrialParts extends PlanRules {
  readonly gate: Gate
  readonly store: Store
  readonly recorder: Recorder
}

/** What a load would do. */
export interface ValidTrial {
  readonly report: LoadReport
  readonly warnings: readonly string[]
}

/** Why a load cannot be done. */
export interface InvalidTrial {
  readonly problems: readonly PolicyProblem[]
}

/** How a dry run ended. */
export type PolicyTrial = ValidTrial | InvalidTrial

/**
 * What loading a policy would do, of which nothing is done (reference/conjur-api.md 1.7, dry run): the caller learns of roles and
 * resources that it can see, before or after. Throws like a load, except that what is wrong with the policy is an answer.
 */
export type TryPolicy = (session: Session, load: PolicyLoad) => Promise<PolicyTrial>

export function tryPolicy(parts: TrialParts): TryPolicy {
  const { gate, store, recorder } = parts
  return async (session, load) => {
    const { graph } = await gate.enter(session)
    const deed: Deed = {
      kind: 'policy',
      operation: 'validate',
      subject: { resource: load.target },
    }
    try {
      return await recorder.during(session, deed, async () => {
        mustBeLoadable(graph, session, load)
        const asked = readable(load, parts)
        await asked.read(graph)
        // The lock keeps the graph and the annotations of one moment; a transaction that applies nothing changes nothing.
        return store.change(accountOf(load.target), (transaction) =>
          tryWithin(parts, session, asked, transaction),
        )
      })
    } catch (error) {
      if (error instanceof PolicyFault) return { problems: error.problems }
      throw error
    }
  }
}

async function tryWithin(
  parts: TrialParts,
  session: Session,
  load: ReadableLoad,
  transaction: Pick<ChangeTransaction, 'annotations'>,
): Promise<PolicyTrial> {
  const { graph } = await parts.gate.enter(session)
  mustBeLoadable(graph, session, load)
  const { changes, after, warnings } = await planLoad({ graph, session, transaction }, load, parts)
  const passage = { before: graph, after, changes, target: load.target }
  const affected = affectedBy(passage)
  const { updated, deleted } = affected
  const annotations = await transaction.annotations(load.target, [...updated, ...deleted])
  return { report: reportLoad(passage, affected, annotations, session.role), warnings }
}
