import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mode } from '#policy/compile.ts'
import { changesOf, emptyWorld, faultsOf, id, load, plan, root, worldOf } from './loading.ts'
import type { MemoryWorld } from './memory-world.ts'

const SHOP = `
- !policy
  id: shop
  body:
    - !variable db/password
    - !host web
    - !layer
    - !grant { role: !layer , member: !host web }
    - !permit { role: !layer , privileges: [read, execute], resource: !variable db/password }
    - !user bob
`

test('a first load adds rows after what they mention, all loaded through the policy', () => {
  const world = emptyWorld()
  const planned = load(world, SHOP, { mode: 'add' })
  assert.deepEqual(changesOf(planned), [
    'add role policy:shop',
    'add role host:shop/web',
    'add role layer:shop',
    'add role user:bob@shop',
    'add resource policy:shop user:admin',
    'add resource variable:shop/db/password policy:shop',
    'add resource host:shop/web policy:shop',
    'add resource layer:shop policy:shop',
    'add resource user:bob@shop policy:shop',
    'add membership policy:shop user:admin true true',
    'add membership host:shop/web policy:shop true true',
    'add membership layer:shop policy:shop true true',
    'add membership user:bob@shop policy:shop true true',
    'add membership layer:shop host:shop/web false false',
    'add permission variable:shop/db/password layer:shop read',
    'add permission variable:shop/db/password layer:shop execute',
  ])
  assert.ok(planned.changes.every(({ row }) => 'policy' in row && row.policy === root))
  assert.deepEqual(planned.createdRoles, [id('host:shop/web'), id('user:bob@shop')])
  assert.deepEqual(planned.warnings, [])
})

for (const mode of ['add', 'update', 'replace'] as const) {
  test(`loading the same text again changes nothing in mode ${mode}`, () => {
    const world = worldOf(SHOP)
    const { after: _, ...planned } = plan(world, SHOP, { mode })
    assert.deepEqual(planned, { changes: [], publicKeys: [], createdRoles: [], warnings: [] })
  })
}

test('what is loaded into a nested policy survives a replacement of the outer one, but not its end', () => {
  const world = worldOf(SHOP)
  assert.deepEqual(changesOf(load(world, '- !variable api-key', { mode: 'add', policy: 'shop' })), [
    'add resource variable:shop/api-key policy:shop',
  ])
  assert.equal(world.resource(id('variable:shop/api-key'))?.policy, id('policy:shop'))
  assert.deepEqual(changesOf(load(world, SHOP, { mode: 'replace' })), [])
  load(world, '[]', { mode: 'replace' })
  assert.deepEqual(world.lines, emptyWorld().lines)
})

/** A user with everything that a load can change, loaded through the root. */
const before = (): MemoryWorld =>
  worldOf(`
- !group g
- !group o
- !user { id: u, owner: !group o, restricted_to: [10.0.0.0/8], annotations: { a: old, b: kept } }
- !grant { role: !group g, member: !member { role: !user u, admin: true } }
`)

const AFTER = `
- !group g
- !group o
- !user { id: u, owner: !group g, restricted_to: [172.16.0.0/12], annotations: { a: new, c: more } }
- !grant { role: !group g, member: !user /admin }
`

const DIFFERENCES: Readonly<Record<Mode, readonly string[]>> = {
  add: [
    'add membership group:g user:admin false false',
    'add annotation user:u c more',
    'change restriction user:u 10.0.0.0/8,172.16.0.0/12',
  ],
  update: [
    'remove membership user:u group:o true true',
    'change resource user:u group:g',
    'add membership user:u group:g true true',
    'add membership group:g user:admin false false',
    'change annotation user:u a new',
    'add annotation user:u c more',
    'change restriction user:u 172.16.0.0/12',
  ],
  replace: [
    'remove membership user:u group:o true true',
    'remove membership group:g user:u false true',
    'remove annotation user:u b kept',
    'change resource user:u group:g',
    'add membership user:u group:g true true',
    'add membership group:g user:admin false false',
    'change annotation user:u a new',
    'add annotation user:u c more',
    'change restriction user:u 172.16.0.0/12',
  ],
}

for (const mode of ['add', 'replace'] as const) {
  test(`mode ${mode} changes what its contract says and nothing else`, () => {
    assert.deepEqual(changesOf(load(before(), AFTER, { mode })), DIFFERENCES[mode])
  })
}

test('mode update changes what its contract says and nothing else', () => {
  const text = AFTER.replace('- !grant { role: !group g, member: !user /admin }', '')
  const expected = DIFFERENCES.update.filter((change) => !change.includes('user:admin'))
  const world = before()
  // The user still holds the group here, and cannot be held by it as well.
  assert.deepEqual(faultsOf(world, text), [
    "4:25 group 'g' owns user 'u', which holds it already: a cycle of roles",
  ])
  load(world, '- !revoke { role: !group g, member: !user u }')
  assert.deepEqual(changesOf(load(world, text)), expected)
})

test('mode add warns of what it leaves as it is', () => {
  const { warnings } = plan(before(), `${AFTER}- !grant { role: !group g, member: !user u }\n`, {
    mode: 'add',
  })
  assert.deepEqual(warnings, [
    "Line 4: user 'u' is already defined otherwise; adding to the policy does not change it",
    "Line 6: the grant of group 'g' to user 'u' is already defined otherwise; adding to the policy does not change it",
    "Line 4: annotation `a` of user 'u' is already defined otherwise; adding to the policy does not change it",
  ])
})

test('an update sets the admin flag of a grant', () => {
  const world = before()
  assert.deepEqual(changesOf(load(world, '- !grant { role: !group g, member: !user u }')), [
    'change membership group:g user:u false false',
  ])
  const again = '- !grant { role: !group g, members: [!member { role: !user u, admin: true }] }'
  assert.deepEqual(changesOf(load(world, again)), ['change membership group:g user:u false true'])
})

test('an update without restricted_to lifts the restriction, an addition keeps it', () => {
  const world = worldOf('- !host { id: h, restricted_to: [10.0.0.0/8, "::1"] }')
  assert.deepEqual(changesOf(plan(world, '- !host h', { mode: 'add' })), [])
  assert.deepEqual(
    changesOf(plan(world, '- !host { id: h, restricted_to: ["::1", 10.0.0.0/8] }')),
    [],
  )
  assert.deepEqual(changesOf(load(world, '- !host h')), [
    'remove restriction host:h 10.0.0.0/8,::1/128',
  ])
  assert.deepEqual(world.restrictionOf(id('host:h')), [])
})

test('what another policy declared stays as it is, and the statement is warned of by its line', () => {
  const world = worldOf(
    SHOP,
    `
- !group ops
- !host { id: shop/app, restricted_to: 10.0.0.0/8, annotations: { a: x }, owner: !group ops }
- !grant { role: !group ops, member: !member { role: !host shop/app, admin: true } }
`.replace(/- !grant.*\n/, ''),
  )
  const text = `
- !variable db/password
- !host
  id: app
  owner: !user bob
  annotations:
    a: y
    b: z
`
  const planned = load(world, text, { policy: 'shop' })
  assert.deepEqual(changesOf(planned), ['add annotation host:shop/app b z'])
  assert.deepEqual(planned.warnings, [
    "Line 2: variable 'shop/db/password' is already defined through policy `root`; this statement has no effect",
    "Line 5: host 'shop/app' is already defined through policy `root`; this statement has no effect",
    "Line 7: annotation `a` of host 'shop/app' is already defined through policy `root`; this statement has no effect",
    "Line 3: where host 'shop/app' may act from is already defined through policy `root`; this statement has no effect",
  ])
  assert.deepEqual(changesOf(load(world, text, { policy: 'shop', mode: 'replace' })), [])
  assert.deepEqual(changesOf(load(world, '[]', { policy: 'shop', mode: 'replace' })), [
    'remove annotation host:shop/app b z',
  ])
})

test('`escalation` what was not made by a policy cannot be redeclared', () => {
  const world = worldOf('- !user eve')
  const text = '- !user { id: admin, owner: !user eve }\n- !policy { id: root, owner: !user eve }\n'
  for (const mode of ['add', 'update'] as const) {
    const planned = plan(world, text, { mode })
    assert.deepEqual(changesOf(planned), [])
    assert.deepEqual(planned.warnings, [
      "Line 1: user 'admin' is already defined outside of all policies; this statement has no effect",
      "Line 2: policy 'root' is already defined outside of all policies; this statement has no effect",
    ])
  }
})

test('a replacement keeps a resource whose owner goes when the policy names another owner', () => {
  const world = worldOf(
    '- !group g\n- !variable { id: v, owner: !group g }\n- !host { id: h, owner: !group g }\n',
  )
  const planned = load(world, '- !variable v\n- !host h\n', { mode: 'replace' })
  assert.deepEqual(changesOf(planned), [
    'remove membership group:g user:admin true true',
    'remove membership host:h group:g true true',
    'change resource variable:v user:admin',
    'change resource host:h user:admin',
    'add membership host:h user:admin true true',
    'remove resource group:g user:admin',
    'remove role group:g',
  ])
  assert.deepEqual(planned.createdRoles, [])
})

test('a replacement makes anew what went with its policy and is declared elsewhere now', () => {
  const world = worldOf('- !policy shop')
  load(world, '- !host web\n- !variable { id: v, annotations: { a: b } }\n', { policy: 'shop' })
  const planned = load(
    world,
    '- !host shop/web\n- !variable { id: shop/v, annotations: { a: b } }\n',
    { mode: 'replace' },
  )
  assert.deepEqual(planned.createdRoles, [id('host:shop/web')])
  const changes = changesOf(planned)
  assert.ok(
    changes.indexOf('remove role host:shop/web') < changes.indexOf('add role host:shop/web'),
  )
  assert.ok(changes.includes('add annotation variable:shop/v a b'))
  assert.equal(world.resource(id('variable:shop/v'))?.policy, root)
})

test('a reference to what a replacement removes is not found', () => {
  const world = worldOf('- !group g\n- !user u\n')
  assert.deepEqual(
    faultsOf(world, '- !user u\n- !grant { role: !group g, member: !user u }', { mode: 'replace' }),
    ["2:18 Group 'g' not found in account 'acme'"],
  )
})

test('a replacement that would take its own policy along is refused', () => {
  const world = worldOf('- !policy shop')
  load(world, '- !group ops', { policy: 'shop' })
  world.apply([
    {
      op: 'change',
      row: { table: 'resource', id: id('policy:shop'), owner: id('group:shop/ops'), policy: root },
    },
  ])
  assert.deepEqual(faultsOf(world, '[]', { mode: 'replace', policy: 'shop' }), [
    "1:1 policy 'shop' cannot be removed by this policy",
  ])
})

test('a host factory holds its layers', () => {
  const world = worldOf('- !layer l\n- !host-factory { id: f, layers: [!layer l] }')
  assert.equal(world.membership(id('layer:l'), id('host_factory:f'), false)?.admin, false)
})

test('raw roles and resources come one without the other', () => {
  const world = emptyWorld()
  const planned = load(
    world,
    '- !role { kind: bot, id: x }\n- !resource { kind: bot, id: y }\n- !role { kind: bot, id: z }\n- !resource { kind: bot, id: z }',
  )
  assert.deepEqual(changesOf(planned), [
    'add role bot:x',
    'add role bot:z',
    'add resource bot:y user:admin',
    'add resource bot:z user:admin',
    'add membership bot:z user:admin true true',
  ])
  assert.deepEqual(planned.createdRoles, [])
})

test('public keys of declared users are listed for storage, those of another policy are not', () => {
  const text = '- !user { id: bob, public_key: ssh-rsa AAA lap }'
  const world = emptyWorld()
  const key = id('public_key:user/bob/lap')
  assert.deepEqual(load(world, text).publicKeys, [{ resource: key, value: 'ssh-rsa AAA lap' }])
  assert.deepEqual(load(world, text).publicKeys, [{ resource: key, value: 'ssh-rsa AAA lap' }])
  world.apply([{ op: 'change', row: { table: 'resource', id: key, owner: id('user:admin') } }])
  assert.deepEqual(load(world, text).publicKeys, [])
})
