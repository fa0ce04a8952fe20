import type { AnnotationRow, Change, ResourceRow } from '#domain/change.ts'
import { accountOf, identifierOf, kindOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { AnnotationStore } from './annotation-store.ts'
import { branchPolicy, childOf, mustFit, noSuchBranch, ROOT } from './branch-path.ts'
import { branchDeed, branchOf, mustBeAllowedOnBranch, mustHaveParent } from './branches.ts'
import type { Branch } from './branches.ts'
import { decidedChange } from './decided-change.ts'
import type { ChangeParts } from './decided-change.ts'
import { isPermitted } from './permission.ts'
import { removalOf } from './planned-removal.ts'
import { mustBeReadable } from './readable-demands.ts'
import { noSuchResource, notPermitted, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'

/** What changing branches stands on. */
export interface BranchChangeParts extends ChangeParts {
  readonly store: Store & AnnotationStore
}

/** A branch that is to be. */
export interface NewBranch {
  readonly name: string
  /** The path of the branch that it will be in. */
  readonly parent: string
  /** The policy that the branch is in when absent, in the root the administrator. */
  readonly owner?: Id
  readonly annotations: ReadonlyMap<string, string>
}

/**
 * Creates a branch, with `create` on the one that it will be in. Throws `not_found` without that privilege and for an owner that the
 * caller does not know, `conflict` when the branch exists, `unprocessable_entity` when it would be too deep or its path too long.
 */
export type CreateBranch = (session: Session, account: string, branch: NewBranch) => Promise<Branch>

export function createBranch(parts: BranchChangeParts): CreateBranch {
  return async (session, account, branch) => {
    const path = childOf(branch.parent, branch.name)
    const deed = branchDeed('create', path)
    await decidedChange(parts, { session, account, deed }, ({ graph }) => {
      mustFit(path)
      mustBeReadable(branch.annotations)
      const parent = branchPolicy(account, branch.parent)
      mustBeAllowedOnBranch(graph, session, 'create', parent)
      mustHaveParent(graph, parent)
      const policy = branchPolicy(account, path)
      mustBeNew(graph, policy)
      const owner = branch.owner ?? usualOwner(graph, parent)
      mustBeKnown(graph, session, owner)
      return { changes: additionOf({ policy, parent, owner }, branch.annotations) }
    })
    return shownAfter(parts, session, branchPolicy(account, path))
  }
}

/** In the root, whose role nobody but its owner holds, branches belong to that owner. */
const usualOwner = (graph: RoleGraph, parent: Id): Id =>
  parent === rootPolicyOf(accountOf(parent)) ? (graph.resource(parent)?.owner ?? parent) : parent

function mustBeNew(graph: RoleGraph, policy: Id): void {
  if (graph.resource(policy) === undefined && graph.role(policy) === undefined) return
  const id = `${accountOf(policy)}:branch:${identifierOf(policy)}`
  throw new Failure('conflict', `Branch "${id}" already exists`)
}

/** Throws like {@link noSuchResource} unless the caller sees the role or holds it. */
export function mustBeKnown(graph: RoleGraph, session: Session, role: Id): void {
  const isThere = graph.role(role) !== undefined
  if (isThere && (graph.visible(session.role, role) || graph.holds(session.role, role))) return
  throw noSuchResource(role, whyInvisible(graph, session.role, role))
}

/** The rows of a branch, which counts as loaded through the policy that it is in. */
function additionOf(
  { policy, parent, owner }: { readonly policy: Id; readonly parent: Id; readonly owner: Id },
  annotations: ReadonlyMap<string, string>,
): readonly Change[] {
  const row: ResourceRow = { table: 'resource', id: policy, owner, policy: parent }
  return [
    { op: 'add', row: { table: 'role', id: policy, policy: parent } },
    { op: 'add', row },
    ...ownershipOf(row),
    ...annotationsOf(row, annotations),
  ]
}

/** Whoever owns the resource of a role holds the role: the row that says so. */
const ownershipOf = ({ id: role, owner: member, policy }: ResourceRow): readonly Change[] => {
  const row = { table: 'membership', role, member, ownership: true, admin: true } as const
  return [{ op: 'add', row: policy === undefined ? row : { ...row, policy } }]
}

const annotationsOf = (
  { id: resource, policy }: ResourceRow,
  annotations: ReadonlyMap<string, string>,
): readonly Change[] =>
  Array.from(annotations, ([name, value]): Change => {
    const row: AnnotationRow = { table: 'annotation', resource, name, value }
    return { op: 'change', row: policy === undefined ? row : { ...row, policy } }
  })

/** What is to be otherwise with a branch. */
export interface BranchUpdate {
  readonly owner?: Id
  /** They are added to those that there are, or take their place. */
  readonly annotations: ReadonlyMap<string, string>
}

/**
 * Changes a branch, with `read` and `update` on it. Throws `not_found` without them and for an owner that the caller does not
 * know, `unprocessable_entity` for an owner that the branch itself holds, and for another owner of the root.
 */
export type UpdateBranch = (
  session: Session,
  account: string,
  path: string,
  update: BranchUpdate,
) => Promise<Branch>

export function updateBranch(parts: BranchChangeParts): UpdateBranch {
  return async (session, account, path, { owner, annotations }) => {
    const policy = branchPolicy(account, path)
    const deed = branchDeed('update', path)
    await decidedChange(parts, { session, account, deed }, ({ graph }) => {
      mustBeAllowedOnBranch(graph, session, 'read', policy)
      mustBeAllowedOnBranch(graph, session, 'update', policy)
      mustHaveParent(graph, policy)
      const row = graph.resource(policy)
      if (row === undefined) throw noSuchBranch(policy)
      mustBeReadable(annotations)
      const moved = owner === undefined ? [] : newOwner(graph, session, row, owner)
      return { changes: [...moved, ...annotationsOf(row, annotations)] }
    })
    return shownAfter(parts, session, policy)
  }
}

function newOwner(
  graph: RoleGraph,
  session: Session,
  row: ResourceRow,
  owner: Id,
): readonly Change[] {
  mustBeKnown(graph, session, owner)
  if (row.owner === owner) return []
  if (identifierOf(row.id) === ROOT) {
    throw new Failure('unprocessable_entity', 'The owner of the root branch cannot be changed')
  }
  if (graph.holds(row.id, owner)) {
    const text = `The branch holds ${owner}, which therefore cannot own it: that would be a circle of roles`
    throw new Failure('unprocessable_entity', text)
  }
  const former = graph.membership(row.id, row.owner, true)
  const next = { ...row, owner }
  return [
    ...(former === undefined ? [] : [{ op: 'remove', row: former } satisfies Change]),
    { op: 'change', row: next },
    ...ownershipOf(next),
  ]
}

/** The branch as it is after a change of the caller's; whether the caller may still read it does not matter. */
async function shownAfter(
  { gate, store }: BranchChangeParts,
  session: Session,
  policy: Id,
): Promise<Branch> {
  const { graph } = await gate.enter(session)
  if (graph.resource(policy) === undefined) throw noSuchBranch(policy)
  return branchOf(graph, policy, await store.annotationsOf([policy]))
}

/**
 * Deletes a branch with everything below it and everything that hangs on that, with `update` on all of it. Throws `not_found` without that
 * privilege on any of it, always for the root, and `unprocessable_entity` when the administrator would go with it.
 */
export type DeleteBranch = (session: Session, account: string, path: string) => Promise<void>

export function deleteBranch(parts: BranchChangeParts): DeleteBranch {
  return async (session, account, path) => {
    const policy = branchPolicy(account, path)
    const deed = branchDeed('remove', path)
    await decidedChange(parts, { session, account, deed }, ({ graph }) => {
      if (path === ROOT) throw noSuchBranch(policy)
      mustBeAllowedOnBranch(graph, session, 'update', policy)
      const { changes, resources } = removalOf(graph, account, within(graph, policy))
      for (const id of resources) mustBeRemovable(graph, session, policy, id)
      return { changes }
    })
  }
}

/** The policy and every resource below it, but users, whose names are no paths. */
function within(graph: RoleGraph, policy: Id): readonly Id[] {
  const account = accountOf(policy)
  const prefix = `${identifierOf(policy)}/`
  const below = graph
    .resources()
    .map(({ id }) => id)
    .filter((id) => id.startsWith(`${account}:`) && identifierOf(id).startsWith(prefix))
  return [policy, ...below.filter((id) => kindOf(id) !== 'user')]
}

/** What stands in the way is named only to those who see it. */
function mustBeRemovable(graph: RoleGraph, session: Session, policy: Id, id: Id): void {
  if (isPermitted(graph, session, 'update', id)) return
  const why = notPermitted(session.role, 'update', id)
  if (!graph.visible(session.role, id)) throw noSuchBranch(policy, why)
  throw kindOf(id) === 'policy' ? noSuchBranch(id, why) : noSuchResource(id, why)
}
