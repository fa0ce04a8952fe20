import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { PolicyRow } from './desired.ts'
import type { Draft } from './draft.ts'
import type { Problems } from './problems.ts'
import { printedId } from './resolved.ts'
import type { Span } from './source.ts'

/** What a removal must not take along. */
export interface Spared {
  /** Roles and resources that must stay: their removal is a problem. */
  readonly protected: ReadonlySet<Id>
  /** Whether the policy that is loaded declares a row with this key. */
  readonly declares: (row: PolicyRow) => boolean
  /** The policy that is loaded. */
  readonly target: Id
}

interface Doomed {
  readonly row: PolicyRow
  /** Whether the row may stay when the policy declares it. */
  readonly mayStay: boolean
}

/**
 * Removes `rows` from the draft with all that cannot be without them (reference/conjur-api.md 4.5): a role takes along its
 * memberships, its permissions and what it owns; a resource the permissions on it and, if it is a policy, everything that was
 * loaded through it. What `spared` protects stays, and `note` is told.
 */
export function removeWithDependents(
  draft: Draft,
  rows: readonly PolicyRow[],
  spared: Spared,
  note: (id: Id) => void,
): void {
  const doomed: Doomed[] = rows.map((row) => ({ row, mayStay: false }))
  // The walk also comes by what is appended on the way.
  for (const next of doomed) {
    const row = currentRow(draft, next.row)
    if (row === undefined || (next.mayStay && stays(row, spared))) continue
    if ((row.table === 'role' || row.table === 'resource') && spared.protected.has(row.id)) {
      note(row.id)
      continue
    }
    draft.remove(row)
    // What belonged to a row that the policy makes anew belonged to another one, so it goes.
    const mayStay = !spared.declares(row)
    for (const dependent of dependentsOf(draft, row)) doomed.push({ row: dependent, mayStay })
  }
}

/** Notes in `problems`, once, that something protected would have been removed. */
export function noteProtected(problems: Problems, at: Span): (id: Id) => void {
  const noted = new Set<Id>()
  return (id) => {
    if (noted.has(id)) return
    noted.add(id)
    const message = `${printedId(id)} cannot be removed by this policy`
    problems.add(at, message, 'Give what hangs on it another owner first, or leave it out')
  }
}

/** A declared row of this policy outlives what it depended on: the policy says what it depends on now. */
const stays = (row: PolicyRow, spared: Spared): boolean =>
  'policy' in row && row.policy === spared.target && spared.declares(row)

function currentRow(draft: Draft, row: PolicyRow): PolicyRow | undefined {
  switch (row.table) {
    case 'role':
      return draft.role(row.id)
    case 'resource':
      return draft.resource(row.id)
    case 'membership':
      return draft.membership(row.role, row.member, row.ownership)
    case 'permission':
      return draft.permission(row.resource, row.role, row.privilege)
    case 'annotation':
      return draft.annotation(row.resource, row.name)
    case 'restriction':
      return undefined
  }
}

function dependentsOf(draft: Draft, row: PolicyRow): readonly PolicyRow[] {
  if (row.table === 'role') {
    const owned = draft.ownedBy(row.id)
    return [
      ...draft.membersOf(row.id),
      ...draft.membershipsOf(row.id),
      ...draft.permissionsOf(row.id),
      ...owned.flatMap((id) => draft.resource(id) ?? []),
      ...owned.flatMap((id) => draft.role(id) ?? []),
    ]
  }
  if (row.table !== 'resource') return []
  return [
    ...draft.permissionsOn(row.id),
    ...draft.membersOf(row.id).filter(({ ownership }) => ownership),
    ...(kindOf(row.id) === 'policy' ? draft.loadedThrough(row.id) : []),
  ]
}
