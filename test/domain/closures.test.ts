import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Closures, includes } from '#domain/closures.ts'
import { parseId } from '#domain/id.ts'
import { LoadedRows } from '#domain/loaded-rows.ts'

test('closures are right however few may be kept', () => {
  const rows = new LoadedRows()
  const groups = ['a', 'b', 'c', 'd', 'e'].map((name) => parseId(`acme:group:${name}`))
  for (const [index, group] of groups.entries()) {
    rows.put({ table: 'role', id: group })
    const role = groups[index + 1]
    if (role === undefined) continue
    rows.put({ table: 'membership', role, member: group, ownership: false, admin: false })
  }
  for (const maxKept of [0, 1, 7, 100]) {
    const closures = new Closures(rows, maxKept)
    for (const [index, group] of [...groups.entries(), ...groups.entries()]) {
      const held = Array.from(closures.of(rows.ids.find(group)), (role) => rows.ids.text(role))
      assert.deepEqual(held.toSorted(), groups.slice(index))
    }
  }
})

test('a closure that is asked for again is the same one until it is forgotten', () => {
  const rows = new LoadedRows()
  const alice = parseId('acme:user:alice')
  rows.put({ table: 'role', id: alice })
  const closures = new Closures(rows)
  const first = closures.of(rows.ids.find(alice))
  assert.equal(closures.of(rows.ids.find(alice)), first)
  closures.forget()
  assert.notEqual(closures.of(rows.ids.find(alice)), first)
})

test('a number is found among any count of numbers exactly if it is there', () => {
  for (let count = 0; count < 20; count++) {
    const odd = Int32Array.from({ length: count }, (_, index) => 2 * index + 1)
    for (let number = 0; number <= 2 * count + 1; number++) {
      assert.equal(includes(odd, number), number % 2 === 1 && number < 2 * count)
    }
  }
})
