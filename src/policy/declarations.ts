import type { Id } from '#domain/id.ts'
import { identifierOf } from '#domain/id.ts'
import { printedId } from './resolved.ts'
import type { ResolvedRecord } from './resolved.ts'
import { shown } from './problems.ts'
import type { Problems } from './problems.ts'

/**
 * Notes every record that is declared more than once, `target` included unless it is the root, and every circle of records
 * that need each other (reference/conjur-api.md 4.3, 6 and 7).
 */
export function checkDeclarations(
  records: readonly ResolvedRecord[],
  wrapper: Id | undefined,
  problems: Problems,
): void {
  checkDuplicates(records, wrapper, problems)
  // Policies alone, each around its records, make no circle: somebody must name an owner or a layer.
  if (records.some(namesAnother)) checkDependencies(records, problems)
}

const namesAnother = ({ namedOwner, layers }: ResolvedRecord): boolean =>
  namedOwner !== undefined || layers.length > 0

function checkDuplicates(
  records: readonly ResolvedRecord[],
  wrapper: Id | undefined,
  problems: Problems,
): void {
  const roles = new Set<Id>(wrapper === undefined ? [] : [wrapper])
  const resources = new Set<Id>(roles)
  for (const { type, id, at } of records) {
    const isDuplicate = (type.isRole && roles.has(id)) || (type.isResource && resources.has(id))
    if (isDuplicate) {
      const name = `${type.printed} '${shown(identifierOf(id))}'`
      problems.add(at, `${name} is declared more than once`, 'Keep one of the declarations')
    }
    if (type.isRole) roles.add(id)
    if (type.isResource) resources.add(id)
  }
}

/** What a record needs, as far as this policy declares it; a record may own itself. */
function needs(record: ResolvedRecord, byId: ReadonlyMap<Id, ResolvedRecord>): ResolvedRecord[] {
  return [record.owner, ...record.layers.map(({ id }) => id)].flatMap((id) =>
    id === record.id ? [] : (byId.get(id) ?? []),
  )
}

interface Step {
  readonly record: ResolvedRecord
  /** What it needs and has not been looked at. */
  readonly left: ResolvedRecord[]
}

/** Follows the needs without recursion, for a chain can be as long as the policy; each record is entered once. */
function checkDependencies(records: readonly ResolvedRecord[], problems: Problems): void {
  const byId = new Map(records.map((record) => [record.id, record]))
  const entered = new Set<ResolvedRecord>()
  const path: Step[] = []
  const onPath = new Set<ResolvedRecord>()
  const enter = (record: ResolvedRecord): void => {
    if (entered.has(record)) return
    entered.add(record)
    onPath.add(record)
    path.push({ record, left: needs(record, byId) })
  }
  for (const start of records) {
    enter(start)
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.left.pop()
      if (next === undefined) {
        onPath.delete(step.record)
        path.pop()
      } else if (onPath.has(next)) addCycle(step.record, next, problems)
      else enter(next)
    }
  }
}

function addCycle(record: ResolvedRecord, needed: ResolvedRecord, problems: Problems): void {
  const at = record.namedOwner?.id === needed.id ? record.namedOwner.at : record.at
  problems.add(
    at,
    `Dependency cycle encountered between ${printedId(needed.id)} and ${printedId(record.id)}`,
    'Try redefining one or both.',
  )
}
