import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile, emptyWorld, faultsOf, load, problemsOf, worldOf } from './loading.ts'
import type { Loading } from './loading.ts'

/** The rows that a text asks for, as `role host:x` and the like. */
const rowsOf = (text: string, loading?: Loading): readonly string[] =>
  compile(text, loading).rows.map(({ row }) => {
    const names = Object.entries(row).flatMap(([name, value]) =>
      name === 'table' || name === 'policy' ? [] : [String(value).replaceAll('acme:', '')],
    )
    return [row.table, ...names].join(' ')
  })

test('`kind-confusion` the layers of a host factory are this policy’s own, for they are granted to it', () => {
  const factory = (layer: string): string => `- !host-factory { id: f, layers: [${layer}] }`
  assert.deepEqual(problemsOf(factory('!layer { id: l, account: other }'), { policy: 'shop' }), [
    '1:60 Illegal account: other <other>',
  ])
  assert.deepEqual(problemsOf(factory('!layer /servers'), { policy: 'shop' }), [
    '1:42 Illegal absolute id: /servers </servers>',
  ])
  assert.ok(
    rowsOf(factory('!layer l'), { policy: 'shop' }).includes(
      'membership layer:shop/l host_factory:shop/f false false',
    ),
  )
})

test('what a statement is about is not looked for further up: `..` is a part of its name, which is not there', () => {
  const world = worldOf('- !policy { id: a, body: [!group g, !variable v] }')
  load(world, '- !policy b', { policy: 'a' })
  assert.deepEqual(
    faultsOf(
      world,
      '- !grant { role: !group ../g, member: !user /admin }\n- !permit { role: !user /admin, privilege: x, resource: !variable ../v }\n',
      { policy: 'a/b' },
    ),
    [
      "1:18 Group 'a/b/../g' not found in account 'acme'",
      "2:57 Variable 'a/b/../v' not found in account 'acme'",
    ],
  )
})

test('what is declared belongs to the policy around it, to who owns the root at the root, or to whom it names', () => {
  const text = '- !variable a\n- !variable { id: b, owner: !user /alice }\n'
  const ownersOf = (loading: Loading): readonly string[] =>
    rowsOf(text, loading).map((row) => row.split(' ').at(-1) ?? '')
  assert.deepEqual(ownersOf({}), ['user:admin', 'user:alice'])
  assert.deepEqual(ownersOf({ policy: 'x/y' }), ['policy:x/y', 'user:alice'])
})

test('what is referred to may be declared further down', () => {
  const text = `
- !permit { role: !group g, privilege: read, resource: !variable v }
- !grant { role: !group g, member: !host h }
- !variable { id: v, owner: !policy p }
- !host-factory { id: f, layers: !layer l }
- !policy p
- !group g
- !host h
- !layer l
`
  assert.equal(load(emptyWorld(), text).warnings.length, 0)
})
