import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Row } from '#domain/change.ts'
import type { Id } from '#domain/id.ts'
import { parseId } from '#domain/id.ts'
import { RoleGraph } from '#domain/role-graph.ts'

const alice = parseId('acme:user:alice')
const cart = parseId('acme:host:shop/cart')
const shop = parseId('acme:policy:shop')
const readers = parseId('acme:group:shop/readers')
const staff = parseId('acme:group:shop/staff')
const password = parseId('acme:variable:shop/password')
const apiKey = parseId('acme:variable:shop/api-key')

const role = (id: Id): Row => ({ table: 'role', id })
const resource = (id: Id, owner: Id): Row => ({ table: 'resource', id, owner })
const permission = (held: Id, privilege: string, on: Id): Row => ({
  table: 'permission',
  resource: on,
  role: held,
  privilege,
})
const membership = (held: Id, member: Id, ownership = false): Row => ({
  table: 'membership',
  role: held,
  member,
  ownership,
  admin: false,
})
const add = (row: Row): Change => ({ op: 'add', row })
const remove = (row: Row): Change => ({ op: 'remove', row })

/** The shop owns two variables; the cart may execute the password because it is staff, and staff are readers. */
const rows: readonly Row[] = [
  ...[alice, cart, shop, readers, staff].map(role),
  resource(password, shop),
  resource(apiKey, shop),
  resource(readers, shop),
  membership(readers, staff),
  membership(staff, cart),
  membership(shop, alice, true),
  permission(readers, 'execute', password),
]

test('a role may do what the roles it holds may, however far away they are', () => {
  const graph = new RoleGraph(rows)
  assert.equal(graph.permits(cart, 'execute', password), true)
  assert.equal(graph.permits(staff, 'execute', password), true)
  assert.equal(graph.holds(cart, readers), true)
  assert.deepEqual(graph.rolesHeldBy(cart), [readers, staff, cart])
})

test('a role does not get what its members have', () => {
  const graph = new RoleGraph([...rows, permission(cart, 'update', apiKey)])
  assert.equal(graph.permits(cart, 'update', apiKey), true)
  assert.equal(graph.permits(staff, 'update', apiKey), false)
  assert.equal(graph.holds(readers, staff), false)
})

test('a permission is for one privilege on one resource', () => {
  const graph = new RoleGraph(rows)
  assert.equal(graph.permits(cart, 'read', password), false)
  assert.equal(graph.permits(cart, 'execute', apiKey), false)
})

test('an owner may do everything to what it owns, with any privilege, and so may who holds the owner', () => {
  const graph = new RoleGraph(rows)
  assert.equal(graph.permits(shop, 'update', password), true)
  assert.equal(graph.permits(alice, 'a privilege nobody ever named', password), true)
  assert.equal(graph.permits(alice, 'execute', readers), true)
})

test('a resource is visible with any privilege on it and otherwise not', () => {
  const graph = new RoleGraph(rows)
  assert.equal(graph.visible(cart, password), true)
  assert.equal(graph.visible(cart, apiKey), false)
  assert.equal(graph.visible(alice, apiKey), true)
})

test('what is unknown has no rights and nobody has rights on it', () => {
  const graph = new RoleGraph(rows)
  const nobody = parseId('acme:user:nobody')
  const nothing = parseId('acme:variable:nothing')
  assert.equal(graph.permits(nobody, 'execute', password), false)
  assert.equal(graph.permits(alice, 'execute', nothing), false)
  assert.equal(graph.visible(alice, nothing), false)
  assert.equal(graph.holds(nobody, nobody), false)
  assert.deepEqual(graph.rolesHeldBy(nobody), [])
  assert.deepEqual(graph.visibleTo(nobody, {}), [])
  assert.deepEqual(graph.permittedRoles('execute', nothing), [])
})

test('a row alone makes neither a role nor a resource of what it mentions', () => {
  const ghost = parseId('acme:group:ghost')
  const unborn = parseId('acme:variable:unborn')
  const graph = new RoleGraph([
    ...rows,
    membership(ghost, cart),
    membership(shop, ghost),
    permission(ghost, 'update', password),
    permission(staff, 'update', unborn),
  ])
  assert.equal(graph.permits(ghost, 'update', password), false)
  assert.equal(graph.permits(cart, 'update', password), false)
  assert.equal(graph.holds(cart, shop), false)
  assert.equal(graph.permits(staff, 'update', unborn), false)
  assert.deepEqual(graph.visibleTo(staff, {}), [password])
  assert.deepEqual(graph.permittedRoles('update', password), [shop, alice])
})

test('the roles permitted are owner, holders and all their members', () => {
  const graph = new RoleGraph(rows)
  assert.deepEqual(graph.permittedRoles('execute', password), [readers, staff, cart, shop, alice])
  assert.deepEqual(graph.permittedRoles('update', password), [shop, alice])
})

test('cycles of grants end, and give all in them the same', () => {
  const graph = new RoleGraph([...rows, membership(cart, readers), membership(cart, cart)])
  for (const each of [cart, staff, readers]) {
    assert.deepEqual(graph.rolesHeldBy(each), [readers, staff, cart])
    assert.equal(graph.permits(each, 'execute', password), true)
  }
})

test('a listing is filtered by account, kind and owner together and is in code-unit order', () => {
  const capital = parseId('acme:variable:Z')
  const astral = parseId('acme:variable:😀')
  const fullWidth = parseId('acme:variable:\uFF5E')
  const foreign = parseId('globex:variable:a')
  const graph = new RoleGraph([
    ...rows,
    ...[foreign, fullWidth, astral, capital].map((id) => resource(id, alice)),
  ])
  const own = [capital, astral, fullWidth]
  assert.deepEqual(graph.visibleTo(alice, { owners: new Set([alice]) }), [...own, foreign])
  assert.deepEqual(graph.visibleTo(alice, { account: 'acme', owners: new Set([alice]) }), own)
  assert.deepEqual(graph.visibleTo(alice, { kind: 'group' }), [readers])
  assert.deepEqual(graph.visibleTo(alice, { account: 'acm' }), [])
  assert.deepEqual(graph.visibleTo(alice, { account: 'acme', kind: 'var' }), [])
  assert.deepEqual(graph.visibleTo(alice, { owners: new Set() }), [])
  assert.deepEqual(graph.visibleTo(alice, { owners: new Set([parseId('acme:user:nobody')]) }), [])
})

test('a revocation is obeyed by the next question, though the answer before was kept', () => {
  const graph = new RoleGraph(rows)
  assert.equal(graph.permits(cart, 'execute', password), true)
  graph.apply([remove(membership(staff, cart))])
  assert.equal(graph.permits(cart, 'execute', password), false)
  graph.apply([add(membership(staff, cart))])
  assert.equal(graph.permits(cart, 'execute', password), true)
  graph.apply([remove(role(staff))])
  assert.equal(graph.permits(cart, 'execute', password), false)
  graph.apply([add(role(staff)), remove(permission(readers, 'execute', password))])
  assert.equal(graph.permits(cart, 'execute', password), false)
})

test('a membership that ownership implies and one that was granted are revoked each by itself', () => {
  const graph = new RoleGraph([...rows, membership(shop, alice)])
  graph.apply([remove(membership(shop, alice))])
  assert.equal(graph.holds(alice, shop), true)
  graph.apply([remove(membership(shop, alice, true))])
  assert.equal(graph.holds(alice, shop), false)
})

test('a resource that changes its owner is lost to the old one', () => {
  const graph = new RoleGraph(rows)
  graph.apply([{ op: 'change', row: resource(password, staff) }])
  assert.equal(graph.permits(alice, 'update', password), false)
  assert.equal(graph.permits(cart, 'update', password), true)
  assert.deepEqual(graph.ownedBy(shop), graph.visibleTo(shop, {}))
})

test('a removed role takes its credential and restriction along, and does not get them back', () => {
  const graph = new RoleGraph(rows)
  graph.apply([
    add({ table: 'credential', role: cart, generation: '1' }),
    add({ table: 'restriction', role: cart, cidrs: ['10.0.0.0/8'] }),
  ])
  assert.equal(graph.credential(cart)?.generation, '1')
  assert.deepEqual(graph.restrictionOf(cart), ['10.0.0.0/8'])
  graph.apply([remove(role(cart)), add(role(cart))])
  assert.equal(graph.credential(cart), undefined)
  assert.deepEqual(graph.restrictionOf(cart), [])
})

test('a credential without its role is none', () => {
  const graph = new RoleGraph([{ table: 'credential', role: cart, generation: '1' }])
  assert.equal(graph.credential(cart), undefined)
  graph.apply([add(role(cart))])
  assert.equal(graph.credential(cart)?.generation, '1')
})

test('a resource that is removed and comes back with nothing else has no rights on it left', () => {
  const graph = new RoleGraph(rows)
  graph.apply([remove(resource(password, shop)), remove(permission(readers, 'execute', password))])
  assert.equal(graph.permits(cart, 'execute', password), false)
  graph.apply([add(resource(password, shop))])
  assert.equal(graph.visible(cart, password), false)
  assert.equal(graph.permits(alice, 'execute', password), true)
})

test('the rows of a role may go in any order, the role first or last', () => {
  for (const order of [rows, rows.toReversed()]) {
    const graph = new RoleGraph(rows)
    graph.apply(order.map(remove))
    assert.equal(graph.role(cart), undefined)
    assert.deepEqual(graph.membersOf(staff), [])
    graph.apply(order.map(add))
    assert.equal(graph.permits(cart, 'execute', password), true)
  }
})

test('a row is found by its key with all that it says', () => {
  const loaded: readonly Row[] = [
    { table: 'role', id: cart, policy: shop },
    { table: 'resource', id: cart, owner: shop, policy: shop },
    { table: 'membership', role: cart, member: shop, ownership: true, admin: true, policy: shop },
    { table: 'permission', resource: cart, role: alice, privilege: 'read', policy: shop },
  ]
  const graph = new RoleGraph([...rows, ...loaded])
  assert.deepEqual(graph.loadedThrough(shop), loaded)
  assert.deepEqual(
    [
      graph.role(cart),
      graph.resource(cart),
      graph.membership(cart, shop, true),
      graph.permission(cart, alice, 'read'),
    ],
    loaded,
  )
  assert.deepEqual(graph.role(alice), { table: 'role', id: alice })
  assert.equal(graph.membership(cart, shop, false), undefined)
})

test('a list of rows stays as it was while the rows go away', () => {
  const graph = new RoleGraph(rows.map((row) => ({ ...row, policy: shop })))
  const loaded = graph.loadedThrough(shop)
  for (const row of loaded) graph.apply([remove(row)])
  assert.equal(Array.from(loaded).length, rows.length)
  assert.deepEqual(graph.loadedThrough(shop), [])
})

test('annotations are not held', () => {
  const annotation: Row = { table: 'annotation', resource: password, name: 'n', value: 'v' }
  const graph = new RoleGraph([...rows, { ...annotation, policy: shop }])
  graph.apply([add({ ...annotation, policy: shop }), remove({ ...annotation, policy: shop })])
  assert.deepEqual(graph.loadedThrough(shop), [])
})

test('a login service that permits thousands of hosts, each by itself, knows them apart', () => {
  const service = parseId('acme:webservice:conjur/authn-jwt/cluster')
  const hosts = Array.from({ length: 3000 }, (_, number) => parseId(`acme:host:h${number}`))
  const last = parseId('acme:host:h2999')
  const graph = new RoleGraph([
    ...rows,
    resource(service, shop),
    ...hosts.map(role),
    ...hosts.map((host) => permission(host, 'authenticate', service)),
  ])
  assert.equal(graph.permits(last, 'authenticate', service), true)
  graph.apply([remove(permission(last, 'authenticate', service))])
  assert.equal(graph.permits(last, 'authenticate', service), false)
  assert.equal(graph.permits(cart, 'authenticate', service), false)
  assert.equal(graph.permittedRoles('authenticate', service).length, 2999 + 2)
})
