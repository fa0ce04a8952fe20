import { accountOf, identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import type { Desired, Deletion, DesiredRow, PolicyRow } from '#policy/desired.ts'
import { Problems, shown } from '#policy/problems.ts'
import type { Span } from '#policy/source.ts'
import type { Session } from './session.ts'

/**
 * Throws a `PolicyFault` when a load reaches for a user of another branch (attack `escalation`). The name of a user holds the path of its
 * policy with its slashes made hyphens (reference/conjur-api.md 4.3, 4), so `alice@a-b` may be of `a/b` and of `a-b`: who may load
 * into `a` would otherwise take over the users of `a-b`.
 *
 * A load into a branch may name a user that is there already when the user was loaded through the branch, is owned by one of its
 * roles, or is owned by whoever loads. No load, into the root policy neither, may declare as its own a user of another branch.
 */
export function mustNotReachForeignUsers(
  graph: RoleGraph,
  { role }: Session,
  desired: Desired,
): void {
  const problems = new Problems(desired.source)
  const foreign = new Map<Id, Span>()
  const note = (user: Id | undefined, at: Span, isForeign: (user: Id) => boolean): void => {
    if (user === undefined || kindOf(user) !== 'user' || graph.role(user) === undefined) return
    if (!foreign.has(user) && isForeign(user)) foreign.set(user, at)
  }
  for (const row of desired.rows) {
    note(subjectOf(row.row), row.at, (user) => isOutside(graph, role, desired, user))
    note(declaredBy(row), row.at, (user) => isOfAnother(graph, user, row))
  }
  for (const deletion of desired.deletions) {
    note(deletedBy(deletion), deletion.at, (user) => isOutside(graph, role, desired, user))
  }
  for (const [user, at] of foreign) problems.add(at, foreignText(user), ADVICE)
  problems.check()
}

const foreignText = (user: Id): string => `User '${shown(identifierOf(user))}' is of another policy`

const ADVICE =
  'Slashes in the path of a policy become hyphens in the names of its users, so that users of two policies can meet in one name: choose another'

/** What a row is about, as opposed to who gains by it: that may be anybody. */
function subjectOf(row: PolicyRow): Id {
  switch (row.table) {
    case 'role':
    case 'resource':
      return row.id
    case 'permission':
    case 'annotation':
      return row.resource
    case 'membership':
    case 'restriction':
      return row.role
  }
}

const declaredBy = ({ row }: DesiredRow): Id | undefined =>
  row.table === 'resource' ? row.id : undefined

/** A `!revoke` and a `!deny` take away only what the same policy gave. */
const deletedBy = (deletion: Deletion): Id | undefined =>
  deletion.kind === 'delete' ? deletion.record.id : undefined

/** Whether nothing shows that a user is of the branch that is loaded, or is the loader's. */
function isOutside(graph: RoleGraph, loader: Id, { account, target }: Desired, user: Id): boolean {
  if (target === rootPolicyOf(account)) return false
  const owner = graph.resource(user)?.owner
  const through = graph.role(user)?.policy
  return !(
    isWithin(target, through) ||
    isWithin(target, owner) ||
    (owner !== undefined && graph.holds(loader, owner))
  )
}

/** Whether a user was loaded through one branch and is declared now as that of a policy elsewhere. */
function isOfAnother(graph: RoleGraph, user: Id, { row }: DesiredRow): boolean {
  const through = graph.role(user)?.policy
  if (row.table !== 'resource' || through === undefined) return false
  if (through === rootPolicyOf(accountOf(user))) return false
  return kindOf(row.owner) === 'policy' && !isWithin(through, row.owner)
}

/** Whether `id` is the policy `branch`, or something whose path lies in it. */
const isWithin = (branch: Id, id: Id | undefined): boolean =>
  id !== undefined && (id === branch || identifierOf(id).startsWith(`${identifierOf(branch)}/`))
