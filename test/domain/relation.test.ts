import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE } from '#domain/ints.ts'
import { Relation } from '#domain/relation.ts'
import { forSeeds } from './random.ts'

/** Reads the columns of a three-column row whose first two are its key. */
const rowAt = (relation: Relation, record: number): readonly number[] =>
  [0, 1, 2].map((column) => relation.get(record, column))

test('a relation keeps the last row of each key and lists it under its values, over thousands of changes', () => {
  forSeeds(10, (random) => {
    const relation = new Relation(2, [{ listed: true }, {}, { listed: true }])
    const expected = new Map<string, readonly number[]>()
    for (let turn = 0; turn < 2000; turn++) {
      const row = [1 + random.below(20), random.below(30), random.below(5)]
      const key = `${row[0]},${row[1]}`
      if (random.chance(60)) {
        relation.put(row)
        expected.set(key, row)
      } else {
        relation.remove(relation.find(row))
        expected.delete(key)
      }
    }
    for (const row of expected.values()) {
      assert.deepEqual(rowAt(relation, relation.find(row)), row)
    }
    assert.equal(relation.all().length, expected.size)
    for (let value = 1; value <= 20; value++) {
      const listed = relation.list(0, value).map((record) => rowAt(relation, record))
      const rows = [...expected.values()].filter(([first]) => first === value)
      assert.deepEqual(listed.map(String).toSorted(), rows.map(String).toSorted())
      assert.equal(relation.count(0, value), rows.length)
    }
  })
})

test('what has no value is under no list, and no record is under no key', () => {
  const relation = new Relation(1, [{}, { listed: true }])
  relation.put([1, NONE])
  assert.deepEqual(relation.list(1, NONE), [])
  assert.equal(relation.find([NONE, NONE]), NONE)
  assert.equal(relation.get(NONE, 1), NONE)
})

test('a removed row gives its place to the next, so coming and going takes no room', () => {
  const relation = new Relation(1, [{}])
  relation.put([1])
  const first = relation.find([1])
  relation.remove(first)
  for (let value = 2; value < 100; value++) {
    relation.put([value])
    assert.equal(relation.find([value]), first)
    relation.remove(first)
  }
})
