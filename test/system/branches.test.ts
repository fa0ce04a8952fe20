import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer, Call } from '#client/transport.ts'
import { startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { ask, assertRefused, bodyOf, deedsOf } from './v2.ts'

const ROOT = `
- !user alice
- !user bob
- !user stranger
- !group keepers
- !policy
  id: data
  annotations: { description: all data }
  body:
    - !group owners
    - !policy { id: shop, owner: !group owners }
    - !policy readable
    - !policy hidden
    - !policy lost/child
- !policy lonely/child
- !permit { role: !user alice, privileges: [read, create, update], resource: !policy data }
- !permit { role: !user alice, privileges: [read], resource: !policy data/readable }
- !permit { role: !user alice, privileges: [execute], resource: !policy data/shop }
`

let scene: Scene

before(async () => {
  scene = await startScene([['root', ROOT]])
})
after(() => scene[Symbol.asyncDispose]())

const v2 = (login: string, method: Call['method'], path: string, body?: unknown): Promise<Answer> =>
  ask(scene, login, [method, `/branches/acme${path}`], body)

const noBranch = (path: string): string => `Branch '${path}' not found in account 'acme'`

const branch = (
  name: string,
  parent: string,
  owner: readonly [kind: string, id: string],
  annotations: Readonly<Record<string, string>> = {},
): unknown => ({ name, branch: parent, owner: { kind: owner[0], id: owner[1] }, annotations })

test('a branch is created, read, changed and deleted, and the trail has all of it', async () => {
  const annotations = { note: '{ "json": 1 }', 'a/b': 'x' }
  const created = await v2('alice', 'POST', '', { name: 'cart', branch: 'data', annotations })
  const expected = branch('cart', 'data', ['policy', 'data'], annotations)
  assert.deepEqual(bodyOf(created, 201), expected)
  assert.deepEqual(bodyOf(await v2('admin', 'GET', '/data/cart'), 200), expected)

  const update = { owner: { kind: 'user', id: '/bob' }, annotations: { note: 'new', more: 'y' } }
  const changed = bodyOf(await v2('admin', 'PATCH', '/data/cart', update), 200)
  const merged = { 'a/b': 'x', more: 'y', note: 'new' }
  assert.deepEqual(changed, branch('cart', 'data', ['user', 'bob'], merged))
  assert.deepEqual(bodyOf(await v2('bob', 'GET', '/data%2Fcart'), 200), changed)

  assert.equal((await v2('bob', 'DELETE', '/data/cart')).status, 204)
  assertRefused(await v2('admin', 'GET', '/data/cart'), 404, noBranch('data/cart'))
  assert.deepEqual(await deedsOf(scene, 'branch', 6), [
    ['get', 'failure', 'acme:user:admin'],
    ['remove', 'success', 'acme:user:bob'],
    ['get', 'success', 'acme:user:bob'],
    ['update', 'success', 'acme:user:admin'],
    ['get', 'success', 'acme:user:admin'],
    ['create', 'success', 'acme:user:alice'],
  ])
})

test('a branch is a policy: its owner may load into it, and who lost it may not', async () => {
  const owner = { kind: 'user', id: 'bob' }
  bodyOf(await v2('admin', 'POST', '', { name: 'bobs', branch: '/', owner }), 201)
  const load = (login: string): Promise<Answer> =>
    scene.as(login, 'POST', '/policies/acme/policy/bobs', { body: '- !variable v' })
  assert.equal((await load('bob')).status, 201)
  bodyOf(await v2('bob', 'PATCH', '/bobs', { owner: { kind: 'user', id: 'bob' } }), 200)
  const stranger = { owner: { kind: 'user', id: 'stranger' } }
  bodyOf(await v2('admin', 'PATCH', '/bobs', stranger), 200)
  assert.equal((await load('bob')).status, 404)
  assert.equal((await load('stranger')).status, 201)
})

test('branches of the root belong to the administrator unless somebody else is named', async () => {
  const created = await v2('admin', 'POST', '', { name: 'top', branch: 'root' })
  assert.deepEqual(bodyOf(created, 201), branch('top', '/', ['user', 'admin']))
  const root = branch('root', '/', ['user', 'admin'])
  for (const path of ['/root', '/%2Froot', '/%2F']) {
    assert.deepEqual(bodyOf(await v2('admin', 'GET', path), 200), root)
  }
})

test('a list has the branches that may be read and whose parent exists, in pages', async () => {
  const seen = await v2('alice', 'GET', '')
  assert.deepEqual(bodyOf(seen, 200), {
    branches: [
      branch('data', '/', ['user', 'admin'], { description: 'all data' }),
      branch('readable', 'data', ['policy', 'data']),
    ],
    count: 2,
  })
  const page = await v2('alice', 'GET', '?offset=1&limit=1')
  assert.deepEqual(bodyOf(page, 200), {
    branches: [branch('readable', 'data', ['policy', 'data'])],
    count: 2,
  })
  assert.deepEqual(bodyOf(await v2('stranger', 'GET', '?limit=0'), 200), { branches: [], count: 1 })
  const all = JSON.stringify(bodyOf(await v2('admin', 'GET', ''), 200))
  assert.ok(!all.includes('lonely') && !all.includes('lost'), all)
})

test('pages have bounds', async () => {
  for (const [query, message] of [
    ['limit=-1', 'Limit must be greater than or equal to 0'],
    ['limit=1001', 'Limit must be less than or equal to 1000'],
    ['limit=ten', 'Limit is not a number'],
    ['offset=-2', 'Offset must be greater than or equal to 0'],
    ['order=name', 'Unexpected parameters: order'],
  ] as const) {
    assertRefused(await v2('admin', 'GET', `?${query}`), 422, message)
  }
})

test('`deny-wins`: without the privilege a branch looks as if it were not there, for each verb', async () => {
  const owner = { owner: { kind: 'user', id: 'alice' } }
  for (const path of ['data/hidden', 'data/nothing', 'data/shop']) {
    assertRefused(await v2('alice', 'GET', `/${path}`), 404, noBranch(path))
    assertRefused(await v2('alice', 'PATCH', `/${path}`, owner), 404, noBranch(path))
    assertRefused(await v2('alice', 'DELETE', `/${path}`), 404, noBranch(path))
    const child = { name: 'child', branch: path }
    assertRefused(await v2('alice', 'POST', '', child), 404, noBranch(path))
  }
  assertRefused(await v2('alice', 'PATCH', '/data/readable', owner), 404, noBranch('data/readable'))
})

test('a branch in one that does not exist is as good as not there', async () => {
  const missing = noBranch('lonely')
  assertRefused(await v2('admin', 'GET', '/lonely/child'), 404, missing)
  assertRefused(
    await v2('admin', 'PATCH', '/lonely/child', { annotations: { a: 'b' } }),
    404,
    missing,
  )
  const child = { name: 'grandchild', branch: 'lonely/child' }
  assertRefused(await v2('admin', 'POST', '', child), 404, missing)
})

test('a branch that exists is in the way, also when it cannot be seen', async () => {
  const message = 'Branch "acme:branch:data/hidden" already exists'
  assertRefused(await v2('alice', 'POST', '', { name: 'hidden', branch: '/data' }), 409, message)
})

test('an owner must be known to the caller', async () => {
  const create = (login: string, kind: string, id: string): Promise<Answer> =>
    v2(login, 'POST', '', { name: 'owned', branch: 'data', owner: { kind, id } })
  assertRefused(
    await create('admin', 'group', 'nobody'),
    404,
    "Group 'nobody' not found in account 'acme'",
  )
  assertRefused(
    await create('alice', 'group', 'keepers'),
    404,
    "Group 'keepers' not found in account 'acme'",
  )
  bodyOf(await create('alice', 'user', 'alice'), 201)
})

test('no branch owns itself, directly or by what it holds, and the root keeps its owner', async () => {
  bodyOf(await v2('admin', 'POST', '', { name: 'above', branch: '/' }), 201)
  bodyOf(await v2('admin', 'POST', '', { name: 'below', branch: 'above' }), 201)
  for (const id of ['above', 'above/below']) {
    const answer = await v2('admin', 'PATCH', '/above', { owner: { kind: 'policy', id } })
    assertRefused(
      answer,
      422,
      `The branch holds acme:policy:${id}, which therefore cannot own it: that would be a circle of roles`,
    )
  }
  assertRefused(
    await v2('admin', 'PATCH', '/root', { owner: { kind: 'user', id: 'bob' } }),
    422,
    'The owner of the root branch cannot be changed',
  )
})

test('bodies are refused with the words of the family', async () => {
  const cases: readonly (readonly [body: unknown, status: number, message: string])[] = [
    ['', 400, "Invalid JSON body: unexpected token at ''"],
    ['{ "name": ', 400, 'Invalid JSON body: unexpected token'],
    ['[]', 400, 'Invalid JSON body: unexpected token'],
    [{}, 400, 'Empty request body'],
    [{ branch: '/' }, 422, 'CONJ00190W Missing required parameter: name'],
    [{ name: 'x' }, 422, 'CONJ00190W Missing required parameter: branch'],
    [{ annotations: {} }, 422, 'CONJ00190W Missing required parameter: name, branch'],
    [{ name: 7, branch: '/' }, 422, "CONJ00192W The 'name' parameter must be of 'type=string'"],
    [{ name: 'a<b>', branch: '/' }, 422, "Name Wrong name 'a<b>'"],
    [{ name: 'x', branch: 'data/a<b>' }, 422, "Branch Wrong path 'data/a<b>'"],
    [{ name: 'x', branch: 'data//y' }, 422, "Branch Wrong path 'data//y'"],
    [{ name: 'x', branch: 'data', b: 1, a: 2 }, 422, 'Unexpected parameters: b, a'],
    [
      { name: 'x', branch: '/', owner: { kind: '', id: '' } },
      422,
      "Kind can't be blank, Kind '' is not a valid owner kind, Id can't be blank, Id Wrong path '', and Id is too short (minimum is 1 character)",
    ],
    [
      { name: 'x', branch: '/', owner: { kind: 'layer', id: 'l' } },
      422,
      "Kind 'layer' is not a valid owner kind",
    ],
    [
      { name: 'x', branch: '/', annotations: { 'key-1': 6 } },
      422,
      'Key-1 should have string value but got 6',
    ],
    [
      { name: 'x', branch: '/', annotations: { '<>': 'v' } },
      422,
      "<> annotation key format error '<>'",
    ],
    [
      { name: 'x', branch: Array.from({ length: 15 }, () => 'a').join('/') },
      422,
      'The number of identifier nesting exceeds maximum depth of 15',
    ],
    [{ name: 'x', branch: 'b'.repeat(501) }, 422, 'Branch is too long (maximum is 500 characters)'],
  ]
  for (const [body, status, message] of cases) {
    assertRefused(await v2('admin', 'POST', '', body), status, message)
  }
  const query = await v2('admin', 'POST', '?notpermitted=foobar', { name: 'x', branch: '/' })
  assertRefused(query, 422, 'Unexpected parameters: notpermitted')
  assertRefused(await v2('admin', 'PATCH', '/data', { foo: 1 }), 422, 'Unexpected parameters: foo')
})

test('`path`: a branch is asked for by its exact path', async () => {
  for (const path of ['/data/./shop', '/data/../data/shop', '/data%2F%2Fshop', '/Data/shop']) {
    assert.equal((await v2('admin', 'GET', path)).status, 404, path)
  }
})

test('`cache-tenancy`: a branch of another account is not there', async () => {
  assertRefused(
    await ask(scene, 'admin', ['GET', '/branches/other/data']),
    404,
    "Branch 'data' not found in account 'other'",
  )
  const create = { name: 'x', branch: '/' }
  assertRefused(
    await ask(scene, 'admin', ['POST', '/branches/other'], create),
    404,
    "Branch 'root' not found in account 'other'",
  )
})
