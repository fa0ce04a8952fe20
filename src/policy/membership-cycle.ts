import type { Id } from '#domain/id.ts'
import type { AddedMembership, Draft } from './draft.ts'

/**
 * The added memberships that are part of a circle of roles, each of which holds the next. Linear in what the granted roles hold:
 * a circle through an added membership passes through the role that it grants, so the walk starts there and enters every
 * role once (Tarjan's strongly connected components, without recursion).
 */
export function membershipsInCycles(
  added: readonly AddedMembership[],
  draft: Draft,
): readonly AddedMembership[] {
  const components = new Components((role) => draft.membershipsOf(role).map((row) => row.role))
  for (const { row } of added) components.enter(row.role)
  return added.filter(({ row: { role, member } }) => {
    const component = components.of(role)
    return role === member || (component !== undefined && component === components.of(member))
  })
}

interface Visit {
  readonly role: Id
  readonly index: number
  readonly left: Id[]
  low: number
}

class Components {
  readonly #heldBy: (role: Id) => Id[]
  readonly #visits = new Map<Id, Visit>()
  readonly #components = new Map<Id, number>()
  readonly #open: Id[] = []

  constructor(heldBy: (role: Id) => Id[]) {
    this.#heldBy = heldBy
  }

  /** The number of the component of a role, `undefined` when the walk has not come by it. */
  of(role: Id): number | undefined {
    return this.#components.get(role)
  }

  /** Walks everything that can be reached from a role. */
  enter(start: Id): void {
    const path = this.#visits.has(start) ? [] : [this.#visit(start)]
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const next = visit.left.pop()
      if (next === undefined) {
        path.pop()
        this.#close(visit, path.at(-1))
        continue
      }
      const known = this.#visits.get(next)
      if (known === undefined) path.push(this.#visit(next))
      else if (!this.#components.has(next)) visit.low = Math.min(visit.low, known.index)
    }
  }

  #visit(role: Id): Visit {
    const index = this.#visits.size
    const visit = { role, index, low: index, left: this.#heldBy(role) }
    this.#visits.set(role, visit)
    this.#open.push(role)
    return visit
  }

  #close({ role, index, low }: Visit, parent: Visit | undefined): void {
    if (parent !== undefined) parent.low = Math.min(parent.low, low)
    if (low !== index) return
    for (let member = this.#open.pop(); member !== undefined; member = this.#open.pop()) {
      this.#components.set(member, index)
      if (member === role) break
    }
  }
}
