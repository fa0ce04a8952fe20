import { NONE } from './ints.ts'
import type { LoadedRows } from './loaded-rows.ts'
import { MEMBERSHIP } from './loaded-rows.ts'

/** Numbers of roles in ascending order, so that {@link includes} can search them by halves. */
export type RoleNumbers = Int32Array

/** Whether `number` is among the ascending `numbers`. */
export function includes(numbers: RoleNumbers, number: number): boolean {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? NONE) < number) low = middle + 1
    else high = middle
  }
  return numbers[low] === number
}

/**
 * `starts` and all roles that are members of them, directly or through others. A role without a row is no role: it is left
 * out, and nothing passes through it.
 */
export const membersOf = (rows: LoadedRows, starts: Iterable<number>): ReadonlySet<number> =>
  reach(rows, starts, MEMBERSHIP.role, MEMBERSHIP.member)

/** How many role numbers all kept closures may hold together: 16 MB of them. */
const MAX_KEPT = 4_000_000

/**
 * The closure of each role: the role and all that it is a member of, directly or through others (reference/conjur-api.md
 * 5.2). A role without a row is no role: its closure is empty, and nothing is held through it.
 *
 * INVARIANT: whoever puts or removes a role or membership row calls {@link Closures.forget} before the next question.
 */
export class Closures {
  readonly #rows: LoadedRows
  readonly #maxKept: number
  readonly #kept = new Map<number, RoleNumbers>()
  #keptNumbers = 0

  constructor(rows: LoadedRows, maxKept: number = MAX_KEPT) {
    this.#rows = rows
    this.#maxKept = maxKept
  }

  /** The closure of the role with this number; empty when there is no such role. */
  of(role: number): RoleNumbers {
    const kept = this.#kept.get(role)
    if (kept !== undefined) return kept
    const held = reach(this.#rows, [role], MEMBERSHIP.member, MEMBERSHIP.role)
    const closure = Int32Array.from(held).toSorted()
    // An empty one is not kept: its number may belong to no role at all, and there is no end of those.
    if (closure.length > 0) this.#keep(role, closure)
    return closure
  }

  forget(): void {
    this.#kept.clear()
    this.#keptNumbers = 0
  }

  /** Starts afresh rather than outgrow the limit: 10,000 groups in one cycle would otherwise fill 400 MB. */
  #keep(role: number, closure: RoleNumbers): void {
    if (this.#keptNumbers + closure.length > this.#maxKept) this.forget()
    this.#kept.set(role, closure)
    this.#keptNumbers += closure.length
  }
}

/** The roles that memberships lead to from `starts`, read from the column `from` to the column `to`. Cycles end the walk. */
function reach(
  rows: LoadedRows,
  starts: Iterable<number>,
  from: number,
  to: number,
): ReadonlySet<number> {
  const { roles, memberships } = rows
  const isRole = (number: number): boolean => roles.find([number]) !== NONE
  const reached = new Set<number>()
  for (const start of starts) if (isRole(start)) reached.add(start)
  for (const role of reached) {
    for (const membership of memberships.list(from, role)) {
      const next = memberships.get(membership, to)
      if (!reached.has(next) && isRole(next)) reached.add(next)
    }
  }
  return reached
}
