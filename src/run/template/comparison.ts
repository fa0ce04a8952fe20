import { Failure } from '#lib/failure.ts'
import type { Value } from './value.ts'

/** Whether two values of a kind are the same; throws `configuration` for values that cannot be compared. */
export function equals(one: Value, other: Value): boolean {
  if (one === null || other === null) return one === other
  if (typeof one !== typeof other || typeof one === 'object') throw incomparable()
  return one === other
}

/** Negative, zero or positive, as `one` stands before, at or after `other`; throws `configuration` for values without an order. */
export function compare(one: Value, other: Value): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one === 'string' && typeof other === 'string') {
    if (one === other) return 0
    return one < other ? -1 : 1
  }
  throw incomparable()
}

const incomparable = (): Failure =>
  new Failure('configuration', 'incompatible types for comparison')
