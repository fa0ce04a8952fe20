import { accountOf, kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { Failure } from '#lib/failure.ts'
import type { HostFactoryToken } from './host-factory-store.ts'
import type { May } from './permission.ts'

/** What a host factory shows of itself besides what every resource shows. */
export interface HostFactoryView {
  readonly layers: readonly Id[]
  /** Absent for those who may neither use nor revoke them. */
  readonly tokens?: readonly HostFactoryToken[]
}

/** The layers that a host of this factory joins: those of its account that the factory itself holds. */
export const layersOf = (graph: RoleGraph, factory: Id): readonly Id[] =>
  graph
    .membershipsOf(factory)
    .map(({ role }) => role)
    .filter((role) => kindOf(role) === 'layer' && accountOf(role) === accountOf(factory))
    .toSorted()

/** Whether a viewer may know of the tokens of a factory: how many there are, and how good they still are. */
export const mayKnowTokens = (may: May, factory: Id): boolean =>
  may('execute', factory) || may('update', factory)

/** Throws `argument_error` for the id of something else than a host factory. */
export function mustBeFactory(id: Id): void {
  if (kindOf(id) === 'host_factory') return
  throw new Failure('argument_error', `Invalid resource kind: ${kindOf(id)}`)
}
