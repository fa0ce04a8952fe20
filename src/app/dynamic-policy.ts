import type { AnnotationRow } from '#domain/change.ts'
import { accountOf, identifierOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import type { Annotations } from '#domain/world.ts'
import type { Desired } from '#policy/desired.ts'
import type { Plan } from '#policy/plan.ts'
import { Problems, shown } from '#policy/problems.ts'
import type { Span } from '#policy/source.ts'
import { methodFaults } from './dynamic-rules.ts'
import { isDynamicVariable, ISSUER_ANNOTATION } from './dynamic-variable.ts'
import type { IssuerKinds } from './issuer-kinds.ts'
import { policyNamed } from './issuer-policy.ts'
import type { IssuerStore, StoredIssuer } from './issuer-store.ts'
import { kindOfIssuer } from './issuers.ts'
import { isPermitted } from './permission.ts'
import type { Session } from './session.ts'
import type { ChangeTransaction } from './store.ts'

/** What checking dynamic variables stands on. */
export interface DynamicPolicyParts {
  readonly store: IssuerStore
  readonly kinds: IssuerKinds
}

/** A load whose plan is made and not applied yet. */
export interface PlannedLoad {
  readonly graph: RoleGraph
  readonly session: Session
  readonly transaction: Pick<ChangeTransaction, 'annotations'>
  readonly desired: Desired
  readonly plan: Plan
}

/**
 * Throws a `PolicyFault`, each problem with its place, when a load declares a dynamic variable that no issuer could make secrets of
 * (reference/conjur-api.md 1.11, 4.8): one without an issuer, of one that is not there or that the loader may not `use`, of a method or a
 * life that the issuer does not have, or outside of the place of such variables. What counts is how the variable will be after the load, so
 * that its method cannot be changed by somebody who may not use its issuer.
 */
export async function mustBeIssuable(
  parts: DynamicPolicyParts,
  { graph, session, transaction, desired, plan }: PlannedLoad,
): Promise<void> {
  const declared = declaredVariables(desired)
  const ids = declared.map(({ id }) => id)
  if (ids.length === 0) return
  const annotationsOf = after(plan, await transaction.annotations(desired.target, ids))
  const problems = new Problems(desired.source)
  for (const variable of declared) {
    const annotations = annotationsOf(variable.id)
    const note: Note = (annotation, message, advice) =>
      problems.add(variable.places.get(annotation) ?? variable.at, message, advice ?? ISSUABLE)
    if (!isDynamicVariable(variable.id)) {
      if (annotations.has(ISSUER_ANNOTATION)) note(ISSUER_ANNOTATION, outside(variable.id), PLACE)
      continue
    }
    // One after the other: there are few issuers, and the store answers for one at a time.
    // oxlint-disable-next-line no-await-in-loop
    await checkVariable(parts, { graph, session }, variable.id, annotations, note)
  }
  problems.check()
}

type Note = (annotation: string, message: string, advice?: string) => void

const ISSUABLE =
  'A dynamic variable names an issuer that its loader may use, and a method and a life that the issuer has'

const PLACE = 'Variables with an issuer are declared in the policy data/dynamic'

const outside = (id: Id): string =>
  `The dynamic variable '${shown(identifierOf(id))}' is not in the correct path`

/** A variable that a policy declares, with the places of its annotations. */
interface DeclaredVariable {
  readonly id: Id
  readonly at: Span
  readonly places: ReadonlyMap<string, Span>
}

/** Those that are dynamic or that say so. */
function declaredVariables({ rows }: Desired): readonly DeclaredVariable[] {
  const places = new Map<Id, Map<string, Span>>()
  for (const { row, at } of rows) {
    if (row.table !== 'annotation' || kindOf(row.resource) !== 'variable') continue
    const known = places.get(row.resource) ?? new Map<string, Span>()
    places.set(row.resource, known.set(row.name, at))
  }
  return rows.flatMap(({ row, at }) => {
    if (row.table !== 'resource' || kindOf(row.id) !== 'variable') return []
    const own = places.get(row.id) ?? new Map<string, Span>()
    return isDynamicVariable(row.id) || own.has(ISSUER_ANNOTATION)
      ? [{ id: row.id, at, places: own }]
      : []
  })
}

/** The annotations of a resource as a plan leaves them. */
function after(
  { changes }: Plan,
  before: Annotations,
): (resource: Id) => ReadonlyMap<string, string> {
  const changed = Map.groupBy(
    changes.flatMap(({ op, row }) => (row.table === 'annotation' ? [{ op, row }] : [])),
    ({ row }) => row.resource,
  )
  const gone = new Set(
    changes.flatMap(({ op, row }) => (op === 'remove' && row.table === 'resource' ? [row.id] : [])),
  )
  return (resource) => {
    const known: Iterable<[string, AnnotationRow]> = gone.has(resource) ? [] : before.of(resource)
    const annotations = new Map(Array.from(known, ([name, { value }]) => [name, value] as const))
    for (const { op, row } of changed.get(resource) ?? []) {
      if (op === 'remove') annotations.delete(row.name)
      else annotations.set(row.name, row.value)
    }
    return annotations
  }
}

async function checkVariable(
  parts: DynamicPolicyParts,
  who: Pick<PlannedLoad, 'graph' | 'session'>,
  variable: Id,
  annotations: ReadonlyMap<string, string>,
  note: Note,
): Promise<void> {
  const name = annotations.get(ISSUER_ANNOTATION) ?? ''
  const printed = shown(identifierOf(variable))
  if (name === '') {
    note(ISSUER_ANNOTATION, `The dynamic variable '${printed}' has no issuer annotation`)
    return
  }
  const issuer = await usableIssuer(parts, who, accountOf(variable), name, note)
  if (issuer === undefined) return
  const kind = kindOfIssuer(parts.kinds, issuer)
  for (const { annotation, message } of methodFaults(printed, kind, issuer.maxTtl, annotations)) {
    note(annotation, message)
  }
}

/** The issuer when the loader may use it; an invisible one looks like none. */
async function usableIssuer(
  { store }: DynamicPolicyParts,
  { graph, session }: Pick<PlannedLoad, 'graph' | 'session'>,
  account: string,
  name: string,
  note: Note,
): Promise<StoredIssuer | undefined> {
  const policy = policyNamed(account, name)
  const found =
    policy === undefined || !graph.visible(session.role, policy)
      ? undefined
      : await store.issuer(policy)
  if (policy === undefined || found === undefined) {
    note(ISSUER_ANNOTATION, `Issuer '${shown(name)}' not found in account '${shown(account)}'`)
    return undefined
  }
  if (isPermitted(graph, session, 'use', policy)) return found
  note(
    ISSUER_ANNOTATION,
    `Issuer '${shown(name)}' may not be used`,
    `Loading this needs the privilege use on ${policy}`,
  )
  return undefined
}
