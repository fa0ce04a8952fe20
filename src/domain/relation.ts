import { Ints, NONE } from './ints.ts'
import { RecordLists } from './record-lists.ts'

/** Whose numbers a column holds, so that their mentions are counted. */
interface Mentioned {
  mention(number: number): void
  release(number: number): void
}

/** What one column of a {@link Relation} holds. */
export interface Column {
  /** The names that its values are the numbers of; absent when they are plain numbers. */
  readonly names?: Mentioned
  /** Whether the records that have a given value can be listed. */
  readonly listed?: boolean
}

/**
 * A set of rows of integers, of which the first `keyWidth` columns are the key: no two rows agree in all of them. Finding,
 * adding and removing a row take constant time, and so does each step through the rows that share a value in a listed
 * column. A row is addressed by its record number, which holds until the row is removed or replaced.
 */
export class Relation {
  readonly #keyWidth: number
  readonly #cells: readonly Ints[]
  readonly #names: readonly (Mentioned | undefined)[]
  readonly #lists: readonly (RecordLists | undefined)[]
  readonly #free: number[] = []
  #top = 0
  #size = 0
  /** The records by the hash of their key; the number of hashes is a power of two. */
  #buckets = new RecordLists()
  #bucketCount = 16

  constructor(keyWidth: number, columns: readonly Column[]) {
    this.#keyWidth = keyWidth
    this.#cells = columns.map(() => new Ints())
    this.#names = columns.map(({ names }) => names)
    this.#lists = columns.map(({ listed }) => (listed === true ? new RecordLists() : undefined))
  }

  /** The record whose key `row` begins with, `NONE` when there is none. */
  find(row: readonly number[]): number {
    let record = this.#buckets.first(this.#bucketOf(row))
    while (record !== NONE && !this.#hasKeyOf(row, record)) {
      record = this.#buckets.next(record)
    }
    return record
  }

  /** The value of `column` in `record`; `NONE` for no record. */
  get(record: number, column: number): number {
    return this.#cells[column]?.get(record) ?? NONE
  }

  /** All records, as they are now. */
  all(): readonly number[] {
    const records: number[] = []
    for (let bucket = 0; bucket < this.#bucketCount; bucket++) {
      collect(this.#buckets, bucket, records)
    }
    return records
  }

  /** The records that have `value` in the listed `column`, as they are now. */
  list(column: number, value: number): readonly number[] {
    const lists = this.#lists[column]
    const records: number[] = []
    if (lists !== undefined) collect(lists, value, records)
    return records
  }

  /** How many records have `value` in the listed `column`. */
  count(column: number, value: number): number {
    return this.#lists[column]?.length(value) ?? 0
  }

  /** Adds the row, in place of the one with the same key. */
  put(row: readonly number[]): void {
    // INVARIANT: the new row mentions its names before the old one releases them, or they would be forgotten in between.
    for (const [column, value] of row.entries()) {
      if (value !== NONE) this.#names[column]?.mention(value)
    }
    this.remove(this.find(row))
    this.#insert(row)
  }

  /** Removes the row of `record`, if that is not `NONE`. */
  remove(record: number): void {
    if (record === NONE) return
    this.#buckets.remove(this.#bucketOf(this.#keyOf(record)), record)
    for (const [column, cells] of this.#cells.entries()) {
      const value = cells.get(record)
      if (value === NONE) continue
      this.#lists[column]?.remove(value, record)
      this.#names[column]?.release(value)
    }
    this.#free.push(record)
    this.#size--
  }

  #insert(row: readonly number[]): void {
    const record = this.#free.pop() ?? ++this.#top
    this.#size++
    if (this.#size > this.#bucketCount) this.#doubleBuckets()
    this.#buckets.add(this.#bucketOf(row), record)
    for (const [column, value] of row.entries()) {
      this.#cells[column]?.set(record, value)
      if (value !== NONE) this.#lists[column]?.add(value, record)
    }
  }

  #hasKeyOf(row: readonly number[], record: number): boolean {
    for (let column = 0; column < this.#keyWidth; column++) {
      if (this.get(record, column) !== row[column]) return false
    }
    return true
  }

  #keyOf(record: number): readonly number[] {
    return this.#cells.slice(0, this.#keyWidth).map((cells) => cells.get(record))
  }

  #bucketOf(row: readonly number[]): number {
    let hash = 0
    for (let column = 0; column < this.#keyWidth; column++) {
      hash = Math.imul(hash ^ (row[column] ?? NONE), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash & (this.#bucketCount - 1)
  }

  #doubleBuckets(): void {
    const records = this.all()
    this.#buckets = new RecordLists()
    this.#bucketCount *= 2
    for (const record of records) this.#buckets.add(this.#bucketOf(this.#keyOf(record)), record)
  }
}

function collect(lists: RecordLists, key: number, into: number[]): void {
  let record = lists.first(key)
  while (record !== NONE) {
    into.push(record)
    record = lists.next(record)
  }
}
