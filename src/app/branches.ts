import { accountOf, identifierOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import type { AnnotationStore } from './annotation-store.ts'
import { branchPolicy, nameOf, noSuchBranch, parentOf, ROOT } from './branch-path.ts'
import type { Gate } from './gate.ts'
import { pageOf } from './page.ts'
import type { PageQuery } from './page.ts'
import { isAllowedNow, isPermitted } from './permission.ts'
import type { Deed, Recorder } from './recorder.ts'
import { notPermitted } from './refusals.ts'
import type { Session } from './session.ts'

/** What reading branches stands on. */
export interface BranchParts {
  readonly gate: Gate
  readonly store: AnnotationStore
  readonly recorder: Recorder
}

/** A policy as a place in the tree of policies (reference/conjur-api.md 1.12). */
export interface Branch {
  readonly name: string
  /** The path of the branch that it is in. */
  readonly parent: string
  readonly owner: Id
  readonly annotations: ReadonlyMap<string, string>
}

/** What the trail says of something that was done to a branch. */
export const branchDeed = (operation: string, path: string): Deed => ({
  kind: 'branch',
  operation,
  subject: { branch: path },
})

/** A branch that the caller may `read`; throws `not_found` for any other one, and when the branch that it is in is missing. */
export type ShowBranch = (session: Session, account: string, path: string) => Promise<Branch>

export function showBranch({ gate, store, recorder }: BranchParts): ShowBranch {
  return async (session, account, path) => {
    const { graph } = await gate.enter(session)
    return recorder.during(session, branchDeed('get', path), async () => {
      const policy = branchPolicy(account, path)
      mustBeAllowedOnBranch(graph, session, 'read', policy)
      mustHaveParent(graph, policy)
      return branchOf(graph, policy, await store.annotationsOf([policy]))
    })
  }
}

/** Branches with the number of all that there are. */
export interface BranchList {
  readonly total: number
  readonly branches: readonly Branch[]
}

/** The branches that the caller may `read` now, by path, without the root and those in a branch that is missing. */
export type ListBranches = (
  session: Session,
  account: string,
  page: PageQuery,
) => Promise<BranchList>

export function listBranches({ gate, store, recorder }: BranchParts): ListBranches {
  return async (session, account, query) => {
    const { graph } = await gate.enter(session)
    return recorder.during(session, branchDeed('list', ROOT), async () => {
      const readable = graph
        .visibleTo(session.role, { account, kind: 'policy' })
        .filter((policy) => isListed(graph, session, policy))
      const { total, items } = pageOf(readable, (policy) => policy, query)
      const annotations = await store.annotationsOf(items)
      return { total, branches: items.map((policy) => branchOf(graph, policy, annotations)) }
    })
  }
}

const isListed = (graph: RoleGraph, session: Session, policy: Id): boolean =>
  policy !== rootPolicyOf(accountOf(policy)) &&
  isAllowedNow(graph, session, 'read', policy) &&
  graph.resource(parentPolicy(policy)) !== undefined

const parentPolicy = (policy: Id): Id =>
  branchPolicy(accountOf(policy), parentOf(identifierOf(policy)))

/** The branch of a policy that the graph has. */
export function branchOf(
  graph: RoleGraph,
  policy: Id,
  annotations: ReadonlyMap<Id, ReadonlyMap<string, string>>,
): Branch {
  const row = graph.resource(policy)
  if (row === undefined) throw new Error(`there is no policy ${policy}`)
  const path = identifierOf(policy)
  return {
    name: nameOf(path),
    parent: parentOf(path),
    owner: row.owner,
    annotations: annotations.get(policy) ?? new Map(),
  }
}

/** Throws like {@link noSuchBranch} unless the branch is there and the caller may do this to it. */
export function mustBeAllowedOnBranch(
  graph: RoleGraph,
  session: Session,
  privilege: string,
  policy: Id,
): void {
  if (graph.resource(policy) === undefined) throw noSuchBranch(policy)
  if (isPermitted(graph, session, privilege, policy)) return
  throw noSuchBranch(policy, notPermitted(session.role, privilege, policy))
}

/** Throws like {@link noSuchBranch} when the branch that another one is in does not exist. */
export function mustHaveParent(graph: RoleGraph, policy: Id): void {
  const parent = parentPolicy(policy)
  if (graph.resource(parent) === undefined) throw noSuchBranch(parent)
}
