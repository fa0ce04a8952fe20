import { Ints, NONE } from './ints.ts'

/**
 * A doubly linked list of records for every key. The links lie in plain integer arrays, eight bytes a record, and adding
 * or removing a record costs the same however long its list is.
 *
 * A record is in one list at most, and whoever removes it names the key under which it was added.
 */
export class RecordLists {
  readonly #first = new Ints()
  readonly #length = new Ints()
  readonly #next = new Ints()
  readonly #previous = new Ints()

  /** The first record under `key`, `NONE` when there is none. */
  first(key: number): number {
    return this.#first.get(key)
  }

  /** The record after `record` in its list, `NONE` at the end. */
  next(record: number): number {
    return this.#next.get(record)
  }

  /** How many records are under `key`. */
  length(key: number): number {
    return this.#length.get(key)
  }

  add(key: number, record: number): void {
    const second = this.#first.get(key)
    this.#next.set(record, second)
    this.#previous.set(record, NONE)
    if (second !== NONE) this.#previous.set(second, record)
    this.#first.set(key, record)
    this.#length.set(key, this.#length.get(key) + 1)
  }

  remove(key: number, record: number): void {
    const next = this.#next.get(record)
    const previous = this.#previous.get(record)
    if (previous === NONE) this.#first.set(key, next)
    else this.#next.set(previous, next)
    if (next !== NONE) this.#previous.set(next, previous)
    this.#length.set(key, this.#length.get(key) - 1)
  }
}
