import type { Change } from '#domain/change.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import type { Annotations } from '#domain/world.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { Draft } from '#policy/draft.ts'
import { removeWithDependents } from '#policy/removal.ts'

/** What a removal takes away. */
export interface PlannedRemoval {
  readonly changes: readonly Change[]
  /** The resources that go, those that only hung on others included. */
  readonly resources: readonly Id[]
}

/** Annotations go with their resource. */
const NO_ANNOTATIONS: Annotations = { of: () => new Map(), loadedThrough: () => [] }

/**
 * What goes when these roles and resources of `account` go: a role takes along what it owns, a policy what was loaded through it
 * (reference/conjur-api.md 4.5). Throws `unprocessable_entity` when the administrator or the root policy would go.
 */
export function removalOf(graph: RoleGraph, account: string, ids: readonly Id[]): PlannedRemoval {
  const draft = new Draft(graph, NO_ANNOTATIONS)
  const target = rootPolicyOf(account)
  const spared = {
    protected: new Set([adminOf(account), target]),
    declares: () => false,
    target,
  }
  const rows = ids.flatMap((id) => [graph.role(id), graph.resource(id)]).filter(isThere)
  removeWithDependents(draft, rows, spared, (id) => {
    throw new Failure('unprocessable_entity', `${quoted(id)} cannot be removed`)
  })
  const changes = draft.changes()
  const resources = changes.flatMap(({ op, row }) =>
    op === 'remove' && row.table === 'resource' ? [row.id] : [],
  )
  return { changes, resources }
}

const isThere = <Row>(row: Row | undefined): row is Row => row !== undefined
