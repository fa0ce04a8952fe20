import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, faultOf, id, load, plan, worldOf } from './loading.ts'

test('an authenticator is loaded with its blank webservice, its status and its permit', () => {
  const text = `
- !policy
  id: conjur/authn-jwt/ci
  body:
    - !webservice
    - !webservice status
    - !variable jwks-uri
    - !variable issuer
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !host
  id: builder
  annotations:
    authn-jwt/ci/project_id: "42"
- !grant { role: !group conjur/authn-jwt/ci/apps, member: !host builder }
`
  const world = worldOf(text)
  const service = id('webservice:conjur/authn-jwt/ci')
  assert.ok(world.permission(service, id('group:conjur/authn-jwt/ci/apps'), 'authenticate'))
  assert.ok(world.resource(id('webservice:conjur/authn-jwt/ci/status')))
  assert.equal(world.of(id('host:builder')).get('authn-jwt/ci/project_id')?.value, '42')
})

test('an unquoted number as annotation is the same text', () => {
  const world = worldOf('- !host { id: h, annotations: { authn-jwt/ci/project_id: 42 } }')
  assert.equal(world.of(id('host:h')).get('authn-jwt/ci/project_id')?.value, '42')
})

test('from a policy roles cannot be granted outside of it, but anybody can be granted its roles', () => {
  const world = worldOf(
    '- !policy { id: shop, body: [!group team, !host web] }\n- !user alice\n- !group admins\n',
  )
  const fault = faultOf(() =>
    plan(world, '- !grant { role: !group /admins, member: !host web }', { policy: 'shop' }),
  )
  assert.equal(fault.message, 'Error at line 1, column 25 in policy : Illegal absolute id: /admins')
  assert.deepEqual(
    changesOf(
      load(world, '- !grant { role: !group team, members: [ !user /alice ] }', { policy: 'shop' }),
    ),
    ['add membership group:shop/team user:alice false false'],
  )
})

test('lists of lists through anchors are permitted one by one', () => {
  const world = worldOf(`
- &more
  - !variable c
- &vars
  - !variable a
  - [ !variable b ]
- !group readers
- !permit
  role: !group readers
  privileges: &all [ read, [ execute ] ]
  resource: [ *vars, *more ]
- !group writers
- !permit { role: !group writers, privileges: [ *all, update ], resource: *vars }
`)
  assert.equal(world.permissionsOf(id('group:readers')).length, 6)
  assert.equal(world.permissionsOf(id('group:writers')).length, 6)
})

test('a host that is deleted and declared again is a new one, with nothing of the old', () => {
  const text = '- !host { id: h, restricted_to: 10.0.0.0/8, annotations: { a: b } }'
  const world = worldOf(text)
  load(world, '- !delete { record: !host h }')
  assert.deepEqual(world.restrictionOf(id('host:h')), [])
  const planned = load(world, '- !host h')
  assert.deepEqual(planned.createdRoles, [id('host:h')])
  assert.equal(world.of(id('host:h')).size, 0)
})

test('a replacement by a subset removes users and leaves the administrator and who is still declared', () => {
  const world = worldOf(
    '- !user a\n- !user b\n- !group g\n- !grant { role: !group g, members: [!user a, !user b] }\n',
  )
  const planned = load(
    world,
    '- !user a\n- !group g\n- !grant { role: !group g, member: !user a }\n',
    { mode: 'replace' },
  )
  assert.deepEqual(changesOf(planned), [
    'remove membership user:b user:admin true true',
    'remove membership group:g user:b false false',
    'remove resource user:b user:admin',
    'remove role user:b',
  ])
  assert.deepEqual(planned.createdRoles, [])
  assert.ok(world.role(id('user:admin')))
})

test('a replacement without an annotation removes it and keeps its resource', () => {
  const world = worldOf('- !variable { id: v, annotations: { a: b, c: d } }')
  assert.deepEqual(
    changesOf(load(world, '- !variable { id: v, annotations: { c: d } }', { mode: 'replace' })),
    ['remove annotation variable:v a b'],
  )
})

test('an owner of a group is a member of it, and a change of the owner moves that', () => {
  const world = worldOf('- !group a\n- !group b\n- !group { id: g, owner: !group a }\n')
  assert.ok(world.membership(id('group:g'), id('group:a'), true)?.admin)
  load(world, '- !group { id: g, owner: !group b }')
  assert.equal(world.membership(id('group:g'), id('group:a'), true), undefined)
  assert.ok(world.membership(id('group:g'), id('group:b'), true)?.admin)
})

test('18,000 variables are one load', () => {
  const variables = Array.from({ length: 18_000 }, (_, index) => `    - !variable v${index}\n`)
  const text = `- !policy\n  id: p\n  body:\n${variables.join('')}`
  assert.equal(plan(worldOf(), text, { mode: 'add' }).changes.length, 18_003)
})
