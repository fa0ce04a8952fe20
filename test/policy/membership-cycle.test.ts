import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyWorld, faultsOf, id, load, plan, worldOf } from './loading.ts'

test('grants that close a circle of roles are refused where they stand', () => {
  const world = worldOf(
    '- !group a\n- !group b\n- !group c\n- !grant { role: !group a, member: !group b }',
  )
  assert.deepEqual(
    faultsOf(
      world,
      '- !grant { role: !group b, member: !group c }\n- !grant { role: !group c, member: !group a }',
    ),
    [
      "1:3 group 'c' is granted group 'b', which holds it already: a cycle of roles",
      "2:3 group 'a' is granted group 'c', which holds it already: a cycle of roles",
    ],
  )
  assert.deepEqual(faultsOf(world, '- !grant { role: !group c, member: !group c }'), [
    "1:3 group 'c' is granted group 'c', which holds it already: a cycle of roles",
  ])
  const open =
    '- !grant { role: !group c, member: !group a }\n- !grant { role: !group c, member: !group b }'
  assert.equal(load(world, open).changes.length, 2)
  assert.deepEqual(faultsOf(world, '- !group { id: a, owner: !group c }'), [
    "1:26 group 'c' owns group 'a', which holds it already: a cycle of roles",
  ])
})

test('a circle that is there already does not keep an unrelated grant from being made', () => {
  const world = worldOf('- !group a\n- !group b\n- !user u\n')
  world.apply([
    {
      op: 'add',
      row: {
        table: 'membership',
        role: id('group:a'),
        member: id('group:b'),
        ownership: false,
        admin: false,
      },
    },
    {
      op: 'add',
      row: {
        table: 'membership',
        role: id('group:b'),
        member: id('group:a'),
        ownership: false,
        admin: false,
      },
    },
  ])
  assert.equal(load(world, '- !grant { role: !group a, member: !user u }').changes.length, 1)
})

test('a chain of 2,000 grants is checked without recursion', () => {
  const links = Array.from({ length: 2000 }, (_, index) =>
    index === 0
      ? '- !group g0\n'
      : `- !group g${index}\n- !grant { role: !group g${index - 1}, member: !group g${index} }\n`,
  )
  assert.equal(plan(emptyWorld(), links.join('')).changes.length, 2000 * 4 - 1)
})
