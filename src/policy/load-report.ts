import type { AccessWorld } from '#domain/access.ts'
import type { Change } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations } from '#domain/world.ts'
import { diffAccess } from './access-diff.ts'
import type { Passage, ShownAccess } from './access-diff.ts'
import { isReported, Reporter } from './report-item.ts'
import type { NamedTexts, ReportedItem } from './report-item.ts'

/** What a load would do, for somebody who may see part of it (reference/conjur-api.md 1.7, dry run). Items are in the order of their ids. */
export interface LoadReport {
  readonly created: readonly ReportedItem[]
  readonly updatedBefore: readonly ReportedItem[]
  readonly updatedAfter: readonly ReportedItem[]
  readonly deleted: readonly ReportedItem[]
  readonly access: readonly ShownAccess[]
  /** Whether every item and every change of access that the reader may know of is in the report. */
  readonly isComplete: boolean
}

/** How many ids a report lists; beyond that items are without their details. */
const MAX_LISTED = 500_000

/** The roles and resources that a load makes, changes and removes, each in the order of the ids. */
export interface Affected {
  readonly created: readonly Id[]
  readonly updated: readonly Id[]
  readonly deleted: readonly Id[]
}

/** What the changes affect, be it only that something else refers to it from now on. */
export function affectedBy({ before, after, changes }: Passage): Affected {
  const exists = (world: AccessWorld, id: Id): boolean =>
    world.resource(id) !== undefined || world.role(id) !== undefined
  const ids = [...new Set(changes.flatMap(({ row }) => mentionedIn(row)))]
    .filter(isReported)
    .toSorted()
  return {
    created: ids.filter((id) => !exists(before, id)),
    updated: ids.filter((id) => exists(before, id) && exists(after, id)),
    deleted: ids.filter((id) => !exists(after, id)),
  }
}

/** What a row is about: both ends of a link. The owner of a role is linked to it by a row of its own. */
function mentionedIn(row: Change['row']): readonly Id[] {
  switch (row.table) {
    case 'role':
    case 'resource':
      return [row.id]
    case 'membership':
      return [row.role, row.member]
    case 'permission':
      return [row.resource, row.role]
    case 'annotation':
    case 'enablement':
      return [row.resource]
    case 'restriction':
    case 'credential':
      return [row.role]
  }
}

/** What a load does, as `reader` may see it: what was by what it sees before, what will be by what it will see then. */
export function reportLoad(
  passage: Passage,
  affected: Affected,
  annotations: Annotations,
  reader: Id,
): LoadReport {
  const room = { left: MAX_LISTED }
  const was = (id: Id): NamedTexts => textsOf(annotations, id)
  const before = new Reporter({ world: passage.before, annotationsOf: was, reader, room })
  const after = new Reporter({
    world: passage.after,
    before: passage.before,
    annotationsOf: annotationsAfter(was, passage.changes),
    reader,
    room,
  })
  const access = diffAccess(passage, (change) =>
    (change.change === 'lost' ? before : after).access(change),
  )
  return {
    created: affected.created.map((id) => after.item(id)),
    updatedBefore: affected.updated.map((id) => before.item(id)),
    updatedAfter: affected.updated.map((id) => after.item(id)),
    deleted: affected.deleted.map((id) => before.item(id)),
    access: access.changes,
    isComplete: access.isComplete && room.left > 0,
  }
}

const textsOf = (annotations: Annotations, resource: Id): NamedTexts =>
  new Map([...annotations.of(resource)].map(([name, { value }]) => [name, value]))

/** The annotations once the changes are made: those of a resource that goes, or is made anew, go with it. */
function annotationsAfter(
  was: (resource: Id) => NamedTexts,
  changes: readonly Change[],
): (resource: Id) => NamedTexts {
  const changed = new Map<Id, Map<string, string>>()
  const of = (resource: Id): Map<string, string> => {
    const known = changed.get(resource) ?? new Map(was(resource))
    changed.set(resource, known)
    return known
  }
  for (const { op, row } of changes) {
    if (row.table === 'resource' && op === 'remove') of(row.id).clear()
    if (row.table !== 'annotation') continue
    if (op === 'remove') of(row.resource).delete(row.name)
    else of(row.resource).set(row.name, row.value)
  }
  return (resource) => changed.get(resource) ?? was(resource)
}
