import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, faultOf, id, load, plan, worldOf } from './loading.ts'

const SHOP = `
- !policy
  id: shop
  body:
    - !variable db/password
    - !host web
    - !layer
    - !grant { role: !layer , member: !host web }
    - !permit { role: !layer , privileges: [read, execute], resource: !variable db/password }
`

test('a deleted host goes with its memberships; a privilege can be denied alone', () => {
  const text = `- !delete { record: !host shop/web }
- !revoke { role: !layer shop, member: !host shop/web }
- !deny { role: !layer shop, privilege: read, resource: !variable shop/db/password }
`
  const planned = load(worldOf(SHOP), text)
  assert.deepEqual(changesOf(planned), [
    'remove membership host:shop/web policy:shop true true',
    'remove membership layer:shop host:shop/web false false',
    'remove permission variable:shop/db/password layer:shop read',
    'remove resource host:shop/web policy:shop',
    'remove role host:shop/web',
  ])
  assert.deepEqual(planned.warnings, [
    "Line 2: the revocation of layer 'shop' from host 'shop/web' has no effect: there is no such thing",
  ])
})

test('deleting takes along what is owned and what was loaded through it, however deep', () => {
  const world = worldOf('- !group team\n- !user u\n- !policy { id: p, owner: !group team }\n')
  const lines = worldOf('- !user u\n').lines
  load(world, '- !group g\n- !policy q\n', { policy: 'p' })
  load(world, '- !variable v\n- !host { id: h, restricted_to: 10.0.0.0/8 }\n', { policy: 'p/q' })
  load(
    world,
    '- !permit { role: !user u, privilege: read, resource: !policy p }\n- !grant { role: !group p/g, member: !user u }',
  )
  load(world, '- !delete { record: !group team }')
  assert.deepEqual(world.lines, lines)
})

test('a chain of 300 owners is deleted as a whole', () => {
  const links = Array.from(
    { length: 300 },
    (_, index) => `- !group { id: g${index + 1}, owner: !group g${index} }\n`,
  )
  const world = worldOf('- !group g0\n', links.join(''))
  load(world, '- !delete { record: !group g0 }')
  assert.deepEqual(world.lines, worldOf().lines)
})

test('deletions follow the rest of the policy, in their order, and reach what it declares', () => {
  const world = worldOf('- !group g\n- !user u\n')
  const text = `
- !revoke { role: !group g, member: !user u }
- !delete { record: !variable v }
- !grant { role: !group g, member: !user u }
- !variable v
- !permit { role: !group g, privilege: read, resource: !variable v }
- !host h
- !delete { record: !host h }
- !delete { record: !host h }
`
  const planned = plan(world, text)
  assert.deepEqual(planned.changes, [])
  assert.deepEqual(planned.createdRoles, [])
  assert.deepEqual(planned.warnings, [
    "Line 9: the deletion of host 'h' has no effect: there is no such thing",
  ])
})

test('a row that the policy changes and then deletes is removed as it was', () => {
  const world = worldOf('- !group g\n- !variable v\n')
  const planned = load(
    world,
    '- !variable { id: v, owner: !group g }\n- !delete { record: !variable v }\n',
  )
  assert.deepEqual(changesOf(planned), ['remove resource variable:v user:admin'])
})

test('what was granted or permitted through another policy, or none, cannot be revoked or denied', () => {
  const world = worldOf(SHOP)
  world.apply([
    {
      op: 'add',
      row: {
        table: 'membership',
        role: id('layer:shop'),
        member: id('user:admin'),
        ownership: false,
        admin: false,
      },
    },
  ])
  const planned = load(
    world,
    '- !revoke { role: !layer , members: [!host web, !user /admin] }\n- !deny { role: !layer , privileges: [read, fly], resource: !variable db/password }\n',
    { policy: 'shop' },
  )
  assert.deepEqual(planned.changes, [])
  assert.deepEqual(planned.warnings, [
    "Line 1: the revocation of layer 'shop' from host 'shop/web' has no effect: there is no such thing",
    "Line 1: the revocation of layer 'shop' from user 'admin' has no effect: there is no such thing",
    "Line 2: the denial of read on variable 'shop/db/password' to layer 'shop' has no effect: there is no such thing",
    "Line 2: the denial of fly on variable 'shop/db/password' to layer 'shop' has no effect: there is no such thing",
  ])
})

test('revoking a grant leaves the membership of the owner', () => {
  const world = worldOf('- !group g\n- !grant { role: !group g, member: !user /admin }\n')
  assert.deepEqual(changesOf(load(world, '- !revoke { role: !group g, member: !user /admin }')), [
    'remove membership group:g user:admin false false',
  ])
})

test('a policy deletes what another one declared', () => {
  const world = worldOf(SHOP)
  load(world, '- !delete { record: !host web }', { policy: 'shop' })
  assert.equal(world.role(id('host:shop/web')), undefined)
})

test('neither the administrator, the root policy nor the loaded policy can be deleted, directly or with their owner', () => {
  const refusals = [
    [
      '- !delete { record: !user admin }',
      'root',
      "1:3 user 'admin' cannot be removed by this policy",
    ],
    [
      '- !delete { record: !policy root }',
      'root',
      "1:3 policy 'root' cannot be removed by this policy",
    ],
    [
      '- !user x\n- !delete { record: !policy }',
      'shop',
      "2:3 policy 'shop' cannot be removed by this policy",
    ],
  ] as const
  for (const [text, policy, problem] of refusals) {
    const fault = faultOf(() => plan(worldOf(SHOP), text, { policy }))
    assert.deepEqual(
      fault.problems.map(({ line, column, message }) => `${line}:${column} ${message}`),
      [problem],
    )
  }
  const world = worldOf('- !policy shop\n')
  load(world, '- !user boss', { policy: 'shop' })
  load(world, '- !policy { id: shop, owner: !user boss2 }\n- !user boss2\n')
  const change = { table: 'resource', id: id('policy:shop'), owner: id('user:boss@shop') } as const
  world.apply([{ op: 'change', row: change }])
  const fault = faultOf(() => plan(world, '- !delete { record: !user boss }', { policy: 'shop' }))
  assert.deepEqual(
    fault.problems.map(({ message }) => message),
    ["policy 'shop' cannot be removed by this policy"],
  )
})

test('a replacement deletes, too', () => {
  const world = worldOf('- !host h\n- !group g\n- !grant { role: !group g, member: !host h }\n')
  load(
    world,
    '- !host h\n- !group g\n- !grant { role: !group g, member: !host h }\n- !delete { record: !host h }',
    { mode: 'replace' },
  )
  assert.deepEqual(world.lines, worldOf('- !group g').lines)
})
