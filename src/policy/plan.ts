import type { AccessWorld } from '#domain/access.ts'
import type { Change } from '#domain/change.ts'
import { accountOf, adminOf, identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { Annotations, World } from '#domain/world.ts'
import type { Deletion, Desired, DesiredRow, PolicyRow, PublicKey } from './desired.ts'
import { Draft } from './draft.ts'
import { membershipsInCycles } from './membership-cycle.ts'
import { Problems, shown } from './problems.ts'
import { noteProtected, removeWithDependents } from './removal.ts'
import type { Spared } from './removal.ts'
import { printedId } from './resolved.ts'
import { keyOf } from './row-key.ts'
import { RowMerger } from './row-merger.ts'
import { Suggestions } from './suggestions.ts'
import { Warnings } from './warnings.ts'

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

/** How many rows are looked at in one step of a plan. */
const STEP = 500

/**
 * The changes that a load makes to what is there (reference/conjur-api.md 4.4 to 4.6): planned again on the world that it leads to,
 * a load in mode `update` or `replace` changes nothing, unless it deletes what it declares. The steps are short, so that a large plan
 * can be made beside other work; nothing of the account may change between them.
 *
 * Throws a `PolicyFault` for references to what neither is there nor is declared, for grants that would make roles hold each
 * other in a circle, and for what would remove the administrator, the root policy or the policy that is loaded.
 *
 * @yields where others may have a turn
 */
export function* planPolicy(
  desired: Desired,
  world: World,
  annotations: Annotations,
): Generator<void, Plan> {
  const problems = new Problems(desired.source)
  const draft = new Draft(world, annotations)
  if (desired.mode === 'replace') yield* removeUndeclared(desired, draft, problems)
  const merger = new RowMerger(draft, desired)
  yield* eachInSteps(desired.rows, (row) => merger.merge(row))
  checkReferences(desired, draft, problems)
  problems.check()
  yield
  const unused = applyDeletions(desired, draft, problems)
  checkCycles(draft, problems)
  problems.check()
  yield
  return {
    changes: draft.changes(),
    publicKeys: desired.publicKeys.filter(
      ({ resource }) => draft.resource(resource)?.policy === desired.target,
    ),
    createdRoles: createdRoles(desired, draft),
    after: draft,
    warnings: [...desired.warnings, ...merger.warnings.list(), ...unused],
  }
}

function* eachInSteps<Item>(items: readonly Item[], take: (item: Item) => void): Generator<void> {
  for (const [index, item] of items.entries()) {
    take(item)
    if (index % STEP === 0) yield
  }
}

/**
 * Removes what was loaded through the policy and is not in it any more.
 *
 * @yields where others may have a turn
 */
function* removeUndeclared(desired: Desired, draft: Draft, problems: Problems): Generator<void> {
  const declared = new Set<string>()
  yield* eachInSteps(desired.rows, (wanted) => addKeys(declared, wanted))
  const declares = (row: PolicyRow): boolean => declared.has(keyOf(row))
  const { target } = desired
  const undeclared: PolicyRow[] = []
  yield* eachInSteps(draft.loadedThrough(target), (row) => {
    if (!declares(row)) undeclared.push(row)
  })
  const spared = { protected: protectedIds(desired), declares, target }
  removeWithDependents(draft, undeclared, spared, noteProtected(problems, { start: 0, end: 0 }))
  yield
  yield* eachInSteps(draft.annotationsThrough(target), (row) => {
    if (!declares(row) && draft.resource(row.resource) !== undefined) draft.remove(row)
  })
}

/** Adds the keys of a desired row, and of the membership that follows from ownership. */
function addKeys(keys: Set<string>, { row }: DesiredRow): void {
  keys.add(keyOf(row))
  if (row.table !== 'resource') return
  const { id: role, owner: member } = row
  keys.add(keyOf({ table: 'membership', role, member, ownership: true, admin: true }))
}

const protectedIds = ({ account, target }: Desired): ReadonlySet<Id> =>
  new Set([adminOf(account), rootPolicyOf(account), target])

function checkReferences({ rows, references }: Desired, draft: Draft, problems: Problems): void {
  const suggestions = new Suggestions()
  let declared: ReadonlyMap<string, readonly string[]> | undefined
  for (const { table, id, at } of references) {
    const row = table === 'role' ? draft.role(id) : draft.resource(id)
    if (row !== undefined) continue
    // INVARIANT: only names of this very policy are suggested, for there may be others that its author must not know of.
    declared ??= declaredNames(rows)
    const names = declared.get(`${table} ${kindOf(id)}`) ?? []
    problems.add(at, notFound(id), suggestions.advice(identifierOf(id), names, MUST_EXIST))
  }
}

const MUST_EXIST =
  'It must be declared in this policy, or be there already; a / in front means that its name begins at the root'

/** The identifiers that a policy declares, by table and kind. */
function declaredNames(rows: readonly DesiredRow[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const { row } of rows) {
    if (row.table !== 'role' && row.table !== 'resource') continue
    const group = `${row.table} ${kindOf(row.id)}`
    const known = names.get(group)
    if (known === undefined) names.set(group, [identifierOf(row.id)])
    else known.push(identifierOf(row.id))
  }
  return names
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
  const warnings = new Warnings()
  for (const deletion of desired.deletions) {
    const rows = rowsOf(deletion, desired, draft)
    removeWithDependents(draft, rows, spared, noteProtected(problems, deletion.at))
    if (rows.length > 0) continue
    warnings.add(() => {
      const { line } = source.position(deletion.at.start)
      return `Line ${line}: ${printedDeletion(deletion)} has no effect: there is no such thing`
    })
  }
  return warnings.list()
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
    const message = `${link} ${printedId(role)}, which holds it already: a cycle of roles`
    problems.add(at, message, 'Leave out one of the grants or owners that make the circle')
  }
}

const createdRoles = ({ rows }: Desired, draft: Draft): readonly Id[] =>
  rows.flatMap(({ row }) => {
    if (row.table !== 'role' || !draft.isNewRole(row.id)) return []
    const kind = kindOf(row.id)
    return kind === 'user' || kind === 'host' ? [row.id] : []
  })
