import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { absent, assertError, assertSilent, startScene } from './scene.ts'
import type { Scene } from './scene.ts'
import { DEVS, membersIn, membership, POLICIES } from './team.ts'

let scene: Scene

before(async () => {
  scene = await startScene(POLICIES)
})
after(() => scene[Symbol.asyncDispose]())

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/
const MEMBERS = [
  membership('acme:group:team/leads'),
  membership('acme:host:team/app'),
  membership('acme:host:team/tool'),
  membership('acme:policy:team', true),
  membership('acme:user:bob'),
]

const list = async (query: string, login = 'admin'): Promise<readonly unknown[]> =>
  membersIn(await scene.get(login, `${DEVS}?members${query}`))

test('a role shows when it was created, its policy and its members by id', async () => {
  const shown = await scene.get('admin', DEVS)
  assert.ok(typeof shown === 'object' && shown !== null && 'created_at' in shown)
  assert.match(String(shown.created_at), TIME)
  assert.deepEqual(Object.entries(shown), [
    ['created_at', shown.created_at],
    ['id', 'acme:group:team/devs'],
    ['policy', 'acme:policy:team'],
    ['members', MEMBERS],
  ])
})

test('a role that came through no policy has none', async () => {
  const shown = await scene.get('admin', '/roles/acme/policy/root')
  assert.ok(typeof shown === 'object' && shown !== null && !('policy' in shown))
})

test('HEAD answers like GET, without a body', async () => {
  const seen = await scene.as('viewer', 'HEAD', DEVS)
  assert.deepEqual([seen.status, seen.body.toString()], [200, ''])
  assertSilent(404, await scene.as('stranger', 'HEAD', DEVS))
})

test('`deny-wins`: a role that one cannot see looks like one that does not exist, whatever is asked of it', async () => {
  for (const [kind, id] of [
    ['group', 'team/devs'],
    ['group', 'nothing'],
    ['host_factory', 'nothing'],
  ] as const) {
    for (const query of ['', '?all', '?memberships', '?members', '?graph', '?members&count']) {
      const path = `/roles/acme/${kind}/${encodeURIComponent(id)}${query}`
      assertError(404, absent(`acme:${kind}:${id}`), await scene.as('stranger', 'GET', path))
    }
  }
})

test('only kinds of roles have a route', async () => {
  for (const kind of ['variable', 'webservice', 'public_key', 'configuration', 'nonsense']) {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const path = `/roles/acme/${kind}/team%2Fdb?members&member=acme:user:bob`
      const error = { code: 'not_found', message: 'there is no such route' }
      assertError(404, error, await scene.as('admin', method, path))
    }
  }
  for (const kind of ['user', 'host', 'layer', 'group', 'policy', 'host_factory']) {
    const answer = await scene.as('admin', 'GET', `/roles/acme/${kind}/nothing`)
    assertError(404, absent(`acme:${kind}:nothing`), answer)
  }
})

test('members come by id and can be narrowed by kind and by words', async () => {
  assert.deepEqual(await scene.get('admin', `${DEVS}?members`), MEMBERS)
  assert.deepEqual(await list('&kind=user'), ['user:bob'])
  assert.deepEqual(await list('&kind[]=user&kind[]=group'), ['group:team/leads', 'user:bob'])
  assert.deepEqual(await list('&kind=variable'), [])
  assert.deepEqual(await list('&search=compiler'), ['host:team/tool'])
  assert.deepEqual(await list('&search=team/app'), ['host:team/app'])
  assert.deepEqual(await list('&search='), membersIn(MEMBERS))
})

test('members come in pages, and are counted by the presence of a key', async () => {
  assert.deepEqual(await list('&limit=2'), ['group:team/leads', 'host:team/app'])
  assert.deepEqual(await list('&limit=2&offset=1'), ['host:team/app', 'host:team/tool'])
  assert.deepEqual(await list('&offset=4'), ['user:bob'])
  assert.deepEqual(await list('&limit=5000'), membersIn(MEMBERS))
  assert.deepEqual(await scene.get('admin', `${DEVS}?members&count`), { count: 5 })
  assert.deepEqual(await scene.get('admin', `${DEVS}?members&count=no&limit=1`), { count: 5 })
  assert.deepEqual(await scene.get('admin', `${DEVS}?members&kind=host&count`), { count: 2 })
})

test('a page of members that is none is refused, not an error of the server', async () => {
  for (const limit of ['abc', '0', '-1', '']) {
    const message = "'limit' contains an invalid value. 'limit' must be a positive integer."
    const answer = await scene.as('admin', 'GET', `${DEVS}?members&limit=${limit}`)
    assertError(422, { code: 'unprocessable_entity', message }, answer)
  }
  const message =
    "'offset' contains an invalid value. 'offset' must be an integer greater than or equal to 0."
  const answer = await scene.as('admin', 'GET', `${DEVS}?members&offset=x`)
  assertError(422, { code: 'unprocessable_entity', message }, answer)
})

test('members can be read page after page by tokens', async () => {
  const seen: unknown[] = []
  let token = ''
  do {
    const answer = await scene.as('admin', 'GET', `${DEVS}?members&limit=2&page_token=${token}`)
    seen.push(...membersIn(JSON.parse(answer.body.toString())))
    token = String(answer.headers['x-next-page'] ?? '')
  } while (token !== '')
  assert.deepEqual(seen, membersIn(MEMBERS))
})

test('`deny-wins`: a search tells nothing of the annotations of members that the caller cannot see', async () => {
  assert.deepEqual(await list('&search=canary'), ['user:bob'])
  assert.deepEqual(await list('', 'viewer'), membersIn(MEMBERS))
  assert.deepEqual(await list('&search=canary', 'viewer'), [])
  assert.deepEqual(await list('&search=compiler', 'viewer'), ['host:team/tool'])
})

test('what a role holds directly is listed, and narrowed by a filter', async () => {
  const app = '/roles/acme/host/team%2Fapp'
  const rolesIn = async (query: string): Promise<unknown> => {
    const found = await scene.get('admin', `${app}?memberships${query}`)
    assert.ok(Array.isArray(found))
    return found.map(({ role, member }: Record<string, unknown>) => [role, member])
  }
  const member = 'acme:host:team/app'
  const [devs, layer] = [
    ['acme:group:team/devs', member],
    ['acme:layer:team', member],
  ]
  assert.deepEqual(await rolesIn(''), [devs, layer])
  assert.deepEqual(await rolesIn('&filter=layer:team'), [layer])
  assert.deepEqual(await rolesIn('&filter[]=acme:layer:team&filter[]=group:team/devs'), [
    devs,
    layer,
  ])
  assert.deepEqual(await rolesIn('&filter=group:nothing'), [])
  assert.deepEqual(await rolesIn('&kind=layer'), [layer])
  assert.deepEqual(await rolesIn('&search=devs'), [devs])
  assert.deepEqual(await scene.get('admin', `${app}?memberships&count`), { count: 2 })
})

test('all that a role holds is listed with the role itself, and narrowed by a filter', async () => {
  const app = '/roles/acme/host/team%2Fapp'
  const all = [
    'acme:group:everyone',
    'acme:group:hidden',
    'acme:group:team/devs',
    'acme:host:team/app',
    'acme:layer:team',
  ]
  assert.deepEqual(await scene.get('admin', `${app}?all`), all)
  assert.deepEqual(await scene.get('admin', `${app}?all&count`), { count: 5 })
  assert.deepEqual(await scene.get('admin', `${app}?all&filter=group:hidden`), [
    'acme:group:hidden',
  ])
  const two = '&filter[]=group:nothing&filter[]=acme:layer:team'
  assert.deepEqual(await scene.get('admin', `${app}?all${two}`), ['acme:layer:team'])
  assert.deepEqual(await scene.get('admin', `${app}?all${two}&count`), { count: 1 })
  const refused = await scene.as('admin', 'GET', `${app}?all&filter=nothing`)
  const error = { code: 'argument_error', message: 'Expected at least 2 tokens in nothing' }
  assertError(422, error, refused)
})

test('`deny-wins`: of the roles that another one holds, one sees those that one sees or holds oneself', async () => {
  const app = '/roles/acme/host/team%2Fapp'
  const known = ['acme:group:everyone', 'acme:group:team/devs', 'acme:host:team/app']
  assert.deepEqual(await scene.get('viewer', `${app}?all`), known)
  assert.deepEqual(await scene.get('viewer', `${app}?all&filter=group:hidden`), [])
  const memberships = await scene.get('viewer', `${app}?memberships`)
  assert.ok(Array.isArray(memberships))
  assert.deepEqual(
    memberships.map(({ role }: { role: string }) => role),
    ['acme:group:team/devs'],
  )
  assert.deepEqual(await scene.get('viewer', `${app}?memberships&count`), { count: 1 })
})

test('the graph has the members of a role, of what it holds and of who holds it, once each and in order', async () => {
  const edges = await scene.get('admin', `${DEVS}?graph`)
  const edge = (parent: string, child: string): unknown => ({
    parent: `acme:${parent}`,
    child: `acme:${child}`,
  })
  const owner = edge('group:everyone', 'user:admin')
  assert.ok(Array.isArray(edges))
  assert.deepEqual(edges.slice(0, 2), [edge('group:everyone', 'group:team/devs'), owner])
  for (const [parent, child] of [
    ['group:hidden', 'user:alice'],
    ['group:hidden', 'group:everyone'],
    ['group:team/devs', 'host:team/app'],
    ['group:team/devs', 'policy:team'],
    ['policy:team', 'user:owner'],
  ] as const) {
    assert.ok(JSON.stringify(edges).includes(JSON.stringify(edge(parent, child))), child)
  }
  const printed = edges.map((one) => JSON.stringify(one))
  assert.deepEqual(printed, [...new Set(printed)])
  const keys = edges.map(({ parent, child }: Record<string, string>) => `${parent} ${child}`)
  assert.deepEqual(keys, keys.toSorted())
})

test('`deny-wins`: the graph has only edges to roles that the caller sees', async () => {
  const edges = await scene.get('viewer', `${DEVS}?graph`)
  assert.ok(Array.isArray(edges))
  const parents = new Set(edges.map(({ parent }: { parent: string }) => parent))
  assert.deepEqual([...parents].toSorted(), [
    'acme:group:everyone',
    'acme:group:team/devs',
    'acme:host:team/app',
    'acme:host:team/tool',
  ])
})

test('of several keys the first of graph, all, memberships and members decides', async () => {
  const asked = '?members&memberships&all&graph'
  assert.deepEqual(
    await scene.get('admin', `${DEVS}${asked}`),
    await scene.get('admin', `${DEVS}?graph`),
  )
  assert.deepEqual(
    await scene.get('admin', `${DEVS}?members=x&memberships&all=`),
    await scene.get('admin', `${DEVS}?all`),
  )
  assert.deepEqual(
    await scene.get('admin', `${DEVS}?members&memberships`),
    await scene.get('admin', `${DEVS}?memberships`),
  )
})

test('every look at a role is in the trail, refused ones too', async () => {
  await scene.as('viewer', 'GET', `${DEVS}?members&kind=host&search=app&page_token=`)
  await scene.as('viewer', 'GET', `${DEVS}?all&filter=group:hidden`)
  await scene.as('viewer', 'GET', `${DEVS}?graph`)
  await scene.as('stranger', 'GET', DEVS)
  const role = 'acme:group:team/devs'
  assert.deepEqual(
    (await scene.trail(4)).map(({ kind, operation, result, user, subject, reason }) => [
      kind,
      operation,
      result,
      user,
      subject,
      reason,
    ]),
    [
      [
        'role',
        'get',
        'failure',
        'acme:user:stranger',
        { role },
        `${role} is not visible to acme:user:stranger`,
      ],
      ['role', 'graph', 'success', 'acme:user:viewer', { role }, undefined],
      [
        'membership',
        'list-all',
        'success',
        'acme:user:viewer',
        { role, filter: 'group:hidden' },
        undefined,
      ],
      [
        'members',
        'list',
        'success',
        'acme:user:viewer',
        { role, search: 'app', kind: 'host', after: '' },
        undefined,
      ],
    ],
  )
})
