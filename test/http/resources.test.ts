import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Reply } from './client.ts'
import {
  ACCOUNT,
  assertError,
  assertSilent,
  at,
  mustBe,
  openNode,
  resourcePath,
} from './harness.ts'

const POLICY = `
- !policy
  id: shop
  annotations: { description: the web shop }
  body:
    - !variable { id: db/password, annotations: { description: Main database, zone: eu } }
    - !variable api-key
    - !host { id: web, restricted_to: [192.0.2.0/24] }
    - !layer
    - !grant { role: !layer , member: !host web }
    - !permit { role: !layer , privileges: [read, execute], resource: !variable db/password }
- !user auditor
- !group watchers
- !grant { role: !group watchers, member: !user auditor }
- !permit { role: !group watchers, privileges: [read], resources: [!policy shop, !host shop/web] }
- !user stranger
`

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/

const idsIn = ({ json }: Reply): readonly string[] => {
  assert.ok(Array.isArray(json))
  return json.map((resource: unknown) => String(at(resource, 'id')))
}

const list = async (caller: Caller, query: string): Promise<readonly string[]> =>
  idsIn(mustBe(200, await caller.get(`/resources/${ACCOUNT}${query}`)))

test('a variable shows its owner, permissions, annotations and versions, and no value', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  await node.set('shop/db/password', 'secret value')
  const reply = mustBe(200, await node.admin.get(resourcePath('variable', 'shop/db/password')))
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  const policy = 'acme:policy:root'
  const createdAt = at(reply.json, 'created_at')
  assert.match(String(createdAt), TIME)
  assert.deepEqual(reply.json, {
    created_at: createdAt,
    id: 'acme:variable:shop/db/password',
    owner: 'acme:policy:shop',
    policy,
    permissions: [
      { privilege: 'execute', role: 'acme:layer:shop', policy },
      { privilege: 'read', role: 'acme:layer:shop', policy },
    ],
    annotations: [
      { name: 'description', value: 'Main database', policy },
      { name: 'zone', value: 'eu', policy },
    ],
    secrets: [{ version: 1, expires_at: null }],
  })
})

test('a user and a host show where they are restricted to', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const host = mustBe(200, await node.admin.get(resourcePath('host', 'shop/web')))
  assert.deepEqual(at(host.json, 'restricted_to'), ['192.0.2.0/24'])
  const user = mustBe(200, await node.admin.get(resourcePath('user', 'auditor')))
  assert.deepEqual(at(user.json, 'restricted_to'), [])
  assert.equal(at(user.json, 'secrets'), undefined)
})

test('the text of a policy is shown to those who may update it, not to mere viewers', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const text = '- !variable { id: more }'
  await node.load(text, { branch: 'shop' })
  const versionOf = async (caller: Caller): Promise<unknown> =>
    at(mustBe(200, await caller.get(resourcePath('policy', 'shop'))).json, 'policy_versions', '0')
  const full = await versionOf(node.admin)
  assert.deepEqual(full, {
    version: 1,
    created_at: at(full, 'created_at'),
    policy_text: text,
    policy_sha256: '7e456dda94381a07c47a06a1f0b0c637b693cdcf7e1ede8a9e9009049b8ae6df',
    finished_at: at(full, 'finished_at'),
    client_ip: '127.0.0.1',
    id: 'acme:policy:shop',
    role: 'acme:user:admin',
  })
  assert.match(String(at(full, 'created_at')), TIME)
  const { policy_text: _text, ...rest } = {
    policy_text: undefined,
    ...Object.fromEntries(Object.entries(full ?? {})),
  }
  assert.deepEqual(await versionOf(await node.as('auditor')), rest)
})

test('`deny-wins`: a resource that one cannot see looks like one that does not exist', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const stranger = await node.as('stranger')
  for (const [kind, id, name] of [
    ['variable', 'shop/db/password', 'Variable'],
    ['host', 'shop/web', 'Host'],
    ['policy', 'root', 'Policy'],
    ['variable', 'nothing', 'Variable'],
    ['host_factory', 'nothing', 'Host_factory'],
  ] as const) {
    for (const path of [
      resourcePath(kind, id),
      `${resourcePath(kind, id)}?check=true&privilege=read`,
    ]) {
      const error = {
        code: 'not_found',
        message: `${name} '${id}' not found in account 'acme'`,
        target: kind,
        details: { code: 'not_found', target: 'id', message: `acme:${kind}:${id}` },
      }
      assertError(404, error, await stranger.get(path))
    }
  }
})

test('a list holds what the caller sees, in the order of ids', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const auditor = await node.as('auditor')
  assert.deepEqual(await list(auditor, ''), ['acme:host:shop/web', 'acme:policy:shop'])
  assert.deepEqual(await list(auditor, '/host'), ['acme:host:shop/web'])
  assert.deepEqual(await list(await node.as('stranger'), ''), [])
  const all = await list(node.admin, '')
  assert.deepEqual(
    all,
    all.toSorted((one, other) => (one < other ? -1 : 1)),
  )
  assert.deepEqual(idsIn(await node.admin.get('/resources')), all)
  assert.deepEqual(idsIn(await node.admin.get('/resources?account=acme&kind=variable')), [
    'acme:variable:shop/api-key',
    'acme:variable:shop/db/password',
  ])
})

test('a list can be searched', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assert.deepEqual(await list(node.admin, '?search=database'), ['acme:variable:shop/db/password'])
  assert.deepEqual(await list(node.admin, '/variable?search=shop%20key'), [
    'acme:variable:shop/api-key',
  ])
  assert.deepEqual(await list(node.admin, '?search=nowhere'), [])
  assert.deepEqual(await list(await node.as('stranger'), '?search=database'), [])
})

test('a list can be of what a role sees that the caller holds', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const auditor = await node.as('auditor')
  const seen = ['acme:host:shop/web', 'acme:policy:shop']
  assert.deepEqual(await list(auditor, '?role=acme:group:watchers'), seen)
  assert.deepEqual(await list(auditor, '?acting_as=acme:group:watchers'), seen)
  assert.deepEqual(await list(node.admin, '?role=acme:group:watchers'), seen)
  const both = '?acting_as=acme:layer:shop&role=acme:group:watchers'
  assert.deepEqual(await list(node.admin, both), seen)
  for (const role of ['acme:layer:shop', 'acme:user:admin', 'acme:group:nothing']) {
    assertSilent(403, await auditor.get(`/resources/${ACCOUNT}?role=${role}`))
  }
})

test('a list can be of what a role and the roles that it holds own', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assert.deepEqual(await list(node.admin, '/variable?owner=policy:shop'), [
    'acme:variable:shop/api-key',
    'acme:variable:shop/db/password',
  ])
  assert.deepEqual(await list(node.admin, '?owner=acme:user:stranger'), [])
  assert.equal((await node.admin.get(`/resources/${ACCOUNT}?owner=user:nobody`)).status, 404)
})

test('a list comes in pages', async () => {
  await using node = await openNode()
  await node.load(
    Array.from({ length: 15 }, (_, n) => `- !variable v${String(n).padStart(2, '0')}`).join('\n'),
  )
  const named = async (query: string): Promise<readonly unknown[]> =>
    (await list(node.admin, `/variable${query}`)).map((id) => id.slice(-2))
  assert.deepEqual(await named('?limit=2'), ['00', '01'])
  assert.deepEqual(await named('?limit=2&offset=3'), ['03', '04'])
  assert.deepEqual(await named('?offset=14'), ['14'])
  assert.equal((await named('?offset=0')).length, 10)
  assert.equal((await named('')).length, 15)
  assert.deepEqual(await named('?offset=15&limit=5'), [])
  mustBe(200, await node.admin.get(`/resources/${ACCOUNT}?limit=1000`))
  mustBe(200, await node.admin.get(`/resources/${ACCOUNT}?limit=10000`))
  const message = "'Limit' parameter must not exceed 1000"
  assertError(
    422,
    { code: 'unprocessable_entity', message },
    await node.admin.get(`/resources/${ACCOUNT}?limit=1001`),
  )
})

test('what is no page is refused in the words that clients know', async () => {
  await using node = await openNode()
  const error = (message: string): Readonly<Record<string, unknown>> => ({
    code: 'unprocessable_entity',
    message,
  })
  for (const limit of ['0', '-1', 'abc', '1.5', '', '1e2']) {
    const message = "'limit' contains an invalid value. 'limit' must be a positive integer."
    assertError(422, error(message), await node.admin.get(`/resources/${ACCOUNT}?limit=${limit}`))
  }
  for (const offset of ['-1', 'abc', '', '0.5']) {
    const message =
      "'offset' contains an invalid value. 'offset' must be an integer greater than or equal to 0."
    assertError(422, error(message), await node.admin.get(`/resources/${ACCOUNT}?offset=${offset}`))
  }
})

test('what a list holds can be counted, whatever its pages are', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const count = async (caller: Caller, query: string): Promise<unknown> =>
    mustBe(200, await caller.get(`/resources/${ACCOUNT}${query}`)).json
  assert.deepEqual(await count(node.admin, '/variable?count=true'), { count: 2 })
  assert.deepEqual(await count(node.admin, '/variable?count=true&limit=1&offset=1'), { count: 2 })
  assert.deepEqual(await count(await node.as('auditor'), '?count=true'), { count: 2 })
  assert.deepEqual(await count(await node.as('stranger'), '?count=true&search=shop'), { count: 0 })
  mustBe(200, await node.admin.get(`/resources/${ACCOUNT}?count=no&limit=5000`))
})

test('a check answers whether the caller, or a role that it holds, has a privilege', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const path = `${resourcePath('variable', 'shop/db/password')}?check=true`
  const check = async (caller: Caller, query: string): Promise<number> =>
    (await caller.get(`${path}${query}`)).status
  const web = node.client.caller({
    Authorization: await node.token('host/shop/web'),
    'X-Forwarded-For': '192.0.2.1',
  })
  assert.equal(await check(web, '&privilege=execute'), 204)
  assert.equal(await check(web, '&privilege=update'), 404)
  assert.equal(await check(node.admin, '&privilege=anything'), 204)
  assert.equal(await check(web, '&role=&privilege=execute'), 204)
  assert.equal(await check(web, '&role=&privilege=update'), 404)
  assert.equal(await check(node.admin, '&privilege=execute&role=acme:layer:shop'), 204)
  assert.equal(await check(node.admin, '&privilege=update&role=acme:layer:shop'), 404)
  assert.equal(await check(web, '&privilege=read&role=acme:user:admin'), 403)
  assert.equal(await check(web, '&privilege=read&role=acme:user:nobody'), 403)
  assert.equal(await check(await node.as('stranger'), '&privilege=read'), 404)
})

test('a check is asked for by its key alone and needs a privilege', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const path = resourcePath('variable', 'shop/api-key')
  const allowed = mustBe(204, await node.admin.get(`${path}?check&privilege=read`))
  assert.deepEqual([allowed.text, allowed.headers['content-length']], ['', undefined])
  mustBe(204, await node.admin.get(`${path}?check=false&privilege=read`))
  for (const query of ['?check', '?check=true&privilege=']) {
    assertError(
      422,
      { code: 'argument_error', message: 'privilege' },
      await node.admin.get(`${path}${query}`),
    )
  }
})

test('every look at resources is in the trail', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const auditor = await node.as('auditor')
  await auditor.get(resourcePath('host', 'shop/web'))
  await auditor.get(resourcePath('variable', 'shop/api-key'))
  await auditor.get(`/resources/${ACCOUNT}/host?search=web`)
  await auditor.get(`${resourcePath('host', 'shop/web')}?check&privilege=update`)
  const seen = (await node.trail()).filter(({ user }) => user === 'acme:user:auditor')
  const kind = { account: ACCOUNT, kind: 'host', search: 'web', offset: 0, limit: 1000 }
  assert.deepEqual(
    seen.map((event) => [event.kind, event.operation, event.result, event.subject]),
    [
      ['resource', 'get', 'success', { resource: 'acme:host:shop/web' }],
      ['resource', 'get', 'failure', { resource: 'acme:variable:shop/api-key' }],
      ['list', 'list', 'success', kind],
      [
        'check',
        'check',
        'failure',
        { resource: 'acme:host:shop/web', privilege: 'update', role: 'acme:user:auditor' },
      ],
    ],
  )
})
