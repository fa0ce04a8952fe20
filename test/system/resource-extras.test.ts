import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { absent, assertError, startScene } from './scene.ts'
import type { Scene } from './scene.ts'

const NAMES = Array.from({ length: 9 }, (_, index) => `page/v${index + 1}`)

const POLICY = `
- !user viewer
- !user insider
- !user stranger
- !group club
- !grant { role: !group club, member: !user insider }
- !policy
  id: shop
  body:
    - !variable db
    - !group secretive
    - !variable { id: owned, owner: !group secretive }
    - !variable kept
    - !permit { role: !user /viewer, privileges: [read], resources: [!variable db, !variable owned] }
    - !permit { role: !group /club, privileges: [execute], resource: !variable db }
${NAMES.map((name) => `- !variable ${name}`).join('\n')}
`

let scene: Scene

before(async () => {
  scene = await startScene([['root', POLICY]])
})
after(() => scene[Symbol.asyncDispose]())

const idsIn = (list: unknown): readonly string[] => {
  assert.ok(Array.isArray(list))
  return list.map(({ id }: { id: string }) => id)
}

const list = async (login: string, query: string): Promise<readonly string[]> =>
  idsIn(await scene.get(login, `/resources/acme${query}`))

const DB = '/resources/acme/variable/shop%2Fdb'

test('who may do something to a resource: its owners, those that it is permitted to, and their members', async () => {
  const permitted = (key: string, login = 'admin'): Promise<unknown> =>
    scene.get(login, `${DB}?permitted_roles=true&${key}`)
  const owners = ['acme:policy:shop', 'acme:user:admin']
  const execute = ['acme:group:club', 'acme:policy:shop', 'acme:user:admin', 'acme:user:insider']
  assert.deepEqual(await permitted('privilege=execute'), execute)
  assert.deepEqual(await permitted('permission=execute'), execute)
  assert.deepEqual(await permitted('privilege=execute', 'viewer'), execute)
  assert.deepEqual(await permitted('privilege=read'), [...owners, 'acme:user:viewer'])
  assert.deepEqual(await permitted('privilege=update'), owners)
  assert.deepEqual(await scene.get('admin', `${DB}?permitted_roles&privilege=update`), owners)
})

test('`deny-wins`: who may do something to a resource is told to those who see it', async () => {
  const path = `${DB}?permitted_roles=true&privilege=execute`
  assertError(404, absent('acme:variable:shop/db'), await scene.as('stranger', 'GET', path))
  const [refused] = await scene.trail(1)
  assert.deepEqual(
    [refused?.['kind'], refused?.['operation'], refused?.['result']],
    ['resource', 'permitted-roles', 'failure'],
  )
})

test('the question for permitted roles names a privilege', async () => {
  const error = { code: 'argument_error', message: 'privilege' }
  for (const query of ['', '&privilege=', '&permission=']) {
    const path = `${DB}?permitted_roles=true${query}`
    assertError(422, error, await scene.as('admin', 'GET', path))
  }
})

test('resources are listed by the kinds that have a route, and a filter may name any', async () => {
  for (const kind of [
    'variable',
    'public_key',
    'user',
    'host',
    'layer',
    'group',
    'policy',
    'webservice',
    'host_factory',
    'configuration',
  ]) {
    assert.equal((await scene.as('admin', 'GET', `/resources/acme/${kind}`)).status, 200, kind)
  }
  const error = { code: 'not_found', message: 'there is no such route' }
  assertError(404, error, await scene.as('admin', 'GET', '/resources/acme/nonsense'))
  assert.deepEqual(await list('admin', '?kind=nonsense'), [])
})

test('an owner that the caller may know of is asked for with all that it holds', async () => {
  assert.deepEqual(await list('admin', '/variable?owner=policy:shop'), [
    'acme:variable:shop/db',
    'acme:variable:shop/kept',
    'acme:variable:shop/owned',
  ])
  assert.deepEqual(await list('insider', '?owner=group:club'), [])
})

test('`deny-wins`: of an owner that the caller may not know of, a list tells no more than what it owns itself', async () => {
  assert.deepEqual(await list('viewer', '?owner=policy:shop'), ['acme:variable:shop/db'])
  for (const owner of ['group:club', 'user:insider', 'user:nobody']) {
    const answer = await scene.as('viewer', 'GET', `/resources/acme?owner=${owner}`)
    assertError(404, absent(`acme:${owner}`), answer)
  }
})

/** All pages of a list, each with what `between` does before the next is asked for. */
async function pages(
  query: string,
  between: () => Promise<unknown> = async () => undefined,
): Promise<readonly (readonly string[])[]> {
  const found: (readonly string[])[] = []
  let token = ''
  do {
    const path = `/resources/acme/variable?${query}&page_token=${token}`
    const answer = await scene.as('admin', 'GET', path)
    assert.equal(answer.status, 200, answer.body.toString())
    found.push(idsIn(JSON.parse(answer.body.toString())).map((id) => id.slice(-2)))
    token = String(answer.headers['x-next-page'] ?? '')
    await between()
  } while (token !== '')
  return found
}

test('a list is read page after page by tokens, to its end', async () => {
  assert.deepEqual(await pages('search=page&limit=4'), [
    ['v1', 'v2', 'v3', 'v4'],
    ['v5', 'v6', 'v7', 'v8'],
    ['v9'],
  ])
  assert.deepEqual(await pages('search=page&limit=3'), [
    ['v1', 'v2', 'v3'],
    ['v4', 'v5', 'v6'],
    ['v7', 'v8', 'v9'],
  ])
  assert.equal((await pages('search=page')).length, 1)
  assert.deepEqual(await pages('search=nowhere'), [[]])
})

test('a list that is not read by tokens has no token', async () => {
  const answer = await scene.as('admin', 'GET', '/resources/acme/variable?limit=2')
  assert.equal(answer.headers['x-next-page'], undefined)
})

test('pages by tokens leave nothing out and give nothing twice, whatever comes and goes meanwhile', async () => {
  // The last one of the first page goes, others come before and after it.
  const changes = [
    '- !delete { record: !variable page/v4 }\n- !variable page/v0\n- !variable page/v45',
    '- !delete { record: !variable page/v5 }',
  ]
  const found = await pages('search=page&limit=4', async () => {
    const change = changes.shift()
    if (change !== undefined) await scene.load('root', change, 'PATCH')
  })
  assert.deepEqual(found, [
    ['v1', 'v2', 'v3', 'v4'],
    ['45', 'v5', 'v6', 'v7'],
    ['v8', 'v9'],
  ])
})

test('what is no token is refused, and so is a token with an offset', async () => {
  const error = { code: 'argument_error', message: '`page_token` is not the token of a page' }
  for (const token of ['%00', '*', 'a', 'YQ==', 'YWNtZQ%0A', '-_-_', 'A'.repeat(5000)]) {
    const answer = await scene.as('admin', 'GET', `/resources/acme?page_token=${token}`)
    assertError(422, error, answer)
  }
  const both = { code: 'argument_error', message: '`page_token` and `offset` exclude each other' }
  const path = '/resources/acme?page_token=&offset=0'
  assertError(422, both, await scene.as('admin', 'GET', path))
})

test('`deny-wins`: a token made up for somebody else tells nothing that its bearer does not see', async () => {
  const token = Buffer.from('acme:variable:a').toString('base64url')
  const path = `/resources/acme/variable?page_token=${token}&limit=1`
  const answer = await scene.as('viewer', 'GET', path)
  assert.deepEqual(idsIn(JSON.parse(answer.body.toString())), ['acme:variable:shop/db'])
  const next = Buffer.from('acme:variable:shop/db').toString('base64url')
  assert.equal(answer.headers['x-next-page'], next)
})
