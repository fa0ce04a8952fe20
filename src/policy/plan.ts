import type { AccessWorld } from '#domain/access.ts'
import type { Change } from '#domain/change.ts'
import { accountOf, adminOf, identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations, World } from '#domain/world.ts'
import type { Deletion, Desired, PolicyRow, PublicKey } from './desired.ts'
import { Draft } from './draft.ts'
import { membershipsInCycles } from './membership-cycle.ts'
import { Problems, shown } from './problems.ts'
import { noteProtected, removeWithDependents } from './removal.ts'
import type { Spared } from './removal.ts'
import { printedId } from './resolved.ts'
import { keyOf } from './row-key.ts'
import { RowMerger } from './row-merger.ts'

/** What a load does. */
export interface Plan {
  /** In an order in which they can be applied one by one. */
  readonly changes: readonly Change[]
  /** The values of the public keys of the policy; a value that is stored already is listed, too. */
  readonly publicKeys: readonly PublicKey[]
  /** The users and hosts that are added, in document order. */
  readonly createdRoles: readonly Id[]
  /** The world that the changes lead to. */
  readonly after: AccessWorld
  /** What the author may not expect, for people. */
  readonly warnings: readonly string[]
}

/**
 * The changes that a load makes to what is there (reference/conjur-api.md 4.4 to 4.6): planned again on the world that it leads to,
 * a load in mode `update` or `replace` changes nothing, unless it deletes what it declares.
 *
 * Throws a `PolicyFault` for references to what neither is there nor is declared, for grants that would make roles hold each
 * other in a circle, and for what would remove the administrator, the root policy or the policy that is loaded.
 */
export function planPolicy(desired: Desired, world: World, annotations: Annotations): Plan {
  const problems = new Problems(desired.source)
  const draft = new Draft(world, annotations)
  if (desired.mode === 'replace') removeUndeclared(desired, draft, problems)
  const merger = new RowMerger(draft, desired)
  for (const row of desired.rows) merger.merge(row)
  checkReferences(desired, draft, problems)
  problems.check()
  const unused = applyDeletions(desired, draft, problems)
  checkCycles(draft, problems)
  problems.check()
  return {
    changes: draft.changes(),
    publicKeys: desired.publicKeys.filter(
      ({ resource }) => draft.resource(resource)?.policy === desired.target,
    ),
    createdRoles: createdRoles(desired, draft),
    after: draft,
    warnings: [...desired.warnings, ...merger.warnings, ...unused],
  }
}

/** Removes what was loaded through the policy and is not in it any more. */
function removeUndeclared(desired: Desired, draft: Draft, problems: Problems): void {
  const declared = declaredKeys(desired)
  const declares = (row: PolicyRow): boolean => declared.has(keyOf(row))
  const { target } = desired
  const undeclared = draft.loadedThrough(target).filter((row) => !declares(row))
  const spared = { protected: protectedIds(desired), declares, target }
  removeWithDependents(draft, undeclared, spared, noteProtected(problems, { start: 0, end: 0 }))
  for (const row of draft.annotationsThrough(target)) {
    if (!declares(row) && draft.resource(row.resource) !== undefined) draft.remove(row)
  }
}

/** The keys of the desired rows, and of the memberships that follow from ownership. */
function declaredKeys({ rows }: Desired): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const { row } of rows) {
    keys.add(keyOf(row))
    if (row.table === 'resource') {
      const { id: role, owner: member } = row
      keys.add(keyOf({ table: 'membership', role, member, ownership: true, admin: true }))
    }
  }
  return keys
}

const protectedIds = ({ account, target }: Desired): ReadonlySet<Id> =>
  new Set([adminOf(account), rootPolicyOf(account), target])

function checkReferences({ references }: Desired, draft: Draft, problems: Problems): void {
  for (const { table, id, at } of references) {
    const row = table === 'role' ? draft.role(id) : draft.resource(id)
    if (row === undefined) problems.add(at, notFound(id))
  }
}

function notFound(id: Id): string {
  const kind = kindOf(id)
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} '${shown(identifierOf(id))}'`
  return `${name} not found in account '${shown(accountOf(id))}'`
}

/** Removes what the statements name; returns a warning for each that finds nothing to remove. */
function applyDeletions(desired: Desired, draft: Draft, problems: Problems): readonly string[] {
  const { source, target } = desired
  const spared: Spared = { protected: protectedIds(desired), declares: () => false, target }
  return desired.deletions.flatMap((deletion) => {
    const rows = rowsOf(deletion, desired, draft)
    removeWithDependents(draft, rows, spared, noteProtected(problems, deletion.at))
    if (rows.length > 0) return []
    const { line } = source.position(deletion.at.start)
    return [`Line ${line}: ${printedDeletion(deletion)} has no effect: there is no such thing`]
  })
}

/** Grants and permits go only if this policy made them; what is deleted goes whoever made it (4.5). */
function rowsOf(deletion: Deletion, { target }: Desired, draft: Draft): readonly PolicyRow[] {
  switch (deletion.kind) {
    case 'delete': {
      const { id } = deletion.record
      return [draft.role(id), draft.resource(id)].filter((row) => row !== undefined)
    }
    case 'revoke': {
      const row = draft.membership(deletion.role, deletion.member, false)
      return row?.policy === target ? [row] : []
    }
    case 'deny': {
      const row = draft.permission(deletion.resource, deletion.role, deletion.privilege)
      return row?.policy === target ? [row] : []
    }
  }
}

function printedDeletion(deletion: Deletion): string {
  switch (deletion.kind) {
    case 'delete':
      return `the deletion of ${printedId(deletion.record.id)}`
    case 'revoke':
      return `the revocation of ${printedId(deletion.role)} from ${printedId(deletion.member)}`
    case 'deny':
      return `the denial of ${shown(deletion.privilege)} on ${printedId(deletion.resource)} to ${printedId(deletion.role)}`
  }
}

/** Unlike the original, which accepts them and then cannot walk them. */
function checkCycles(draft: Draft, problems: Problems): void {
  for (const { row, at } of membershipsInCycles(draft.addedMemberships(), draft)) {
    const { role, member, ownership } = row
    const link = ownership ? `${printedId(member)} owns` : `${printedId(member)} is granted`
    problems.add(at, `${link} ${printedId(role)}, which holds it already: a cycle of roles`)
  }
}

const createdRoles = ({ rows }: Desired, draft: Draft): readonly Id[] =>
  rows.flatMap(({ row }) => {
    if (row.table !== 'role' || !draft.isNewRole(row.id)) return []
    const kind = kindOf(row.id)
    return kind === 'user' || kind === 'host' ? [row.id] : []
  })
