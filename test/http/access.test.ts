import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Reply } from './client.ts'
import { at, mustBe, openNode } from './harness.ts'

const POLICY = `
- !policy
  id: shop
  body:
    - !variable db/password
    - !variable status
    - !host web
    - !layer
    - !grant { role: !layer , member: !host web }
    - !permit { role: !layer , privileges: [read, execute], resource: !variable db/password }
- !group insiders
- !user spy
- !user auditor
- !user stranger
- !grant { role: !layer shop, member: !group insiders }
- !grant { role: !group insiders, member: !user spy }
- !permit { role: !user auditor, privileges: [read], resources: [!variable shop/db/password, !host shop/web, !user spy] }
`

const SECRET = '/access/acme/variable/shop%2Fdb%2Fpassword'

const why = (caller: Caller, role: string, privilege = 'execute'): Promise<Reply> =>
  caller.get(`${SECRET}?privilege=${privilege}&role=${role}`)

test('why: the administrator is told the way of each grant', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  assert.deepEqual(mustBe(200, await why(node.admin, 'host:shop/web')).json, {
    role: 'acme:host:shop/web',
    privilege: 'execute',
    resource: 'acme:variable:shop/db/password',
    allowed: true,
    paths: [{ ground: 'permission', path: ['acme:host:shop/web', 'acme:layer:shop'] }],
    privileges: ['execute', 'read'],
    granted: ['acme:policy:shop', 'acme:layer:shop'],
    hides_others: false,
  })
})

test('why not: what the role may do instead, and which roles would help', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const { json } = mustBe(200, await why(node.admin, 'user:auditor'))
  assert.equal(at(json, 'allowed'), false)
  assert.deepEqual(at(json, 'paths'), [])
  assert.deepEqual(at(json, 'privileges'), ['read'])
  assert.deepEqual(at(json, 'granted'), ['acme:policy:shop', 'acme:layer:shop'])
})

test('`deny-wins`: who does not know a role is told that there is one, not its name', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const auditor = await node.as('auditor')
  const spied = mustBe(200, await why(auditor, 'user:spy'))
  assert.deepEqual(at(spied.json, 'paths'), [
    { ground: 'permission', path: ['acme:user:spy', null] },
  ])
  assert.deepEqual(at(spied.json, 'granted'), [])
  assert.equal(at(spied.json, 'hides_others'), true)
  assert.doesNotMatch(spied.text, /insiders|layer|policy/)

  const listed = mustBe(200, await auditor.get(`${SECRET}?privilege=execute`))
  assert.deepEqual(listed.json, {
    privilege: 'execute',
    resource: 'acme:variable:shop/db/password',
    roles: [
      { role: 'acme:host:shop/web', ground: 'permission', path: ['acme:host:shop/web', null] },
      { role: 'acme:user:spy', ground: 'permission', path: ['acme:user:spy', null] },
    ],
    hides_others: true,
  })
})

test('`deny-wins`: a resource that cannot be seen and a role that may not be known look absent', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const [auditor, stranger] = [await node.as('auditor'), await node.as('stranger')]
  for (const query of ['?privilege=execute', '?privilege=execute&role=user:stranger']) {
    const hidden = mustBe(404, await stranger.get(SECRET + query))
    const absent = mustBe(404, await stranger.get(`/access/acme/variable/nothing${query}`))
    assert.equal(hidden.text.replaceAll('shop/db/password', 'nothing'), absent.text)
  }
  const hidden = mustBe(404, await why(auditor, 'group:insiders'))
  const absent = mustBe(404, await why(auditor, 'group:nobody'))
  assert.equal(hidden.text.replaceAll('insiders', 'nobody'), absent.text)
})

test('everybody may ask about themselves, where they see the resource', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const host = await node.as('host/shop/web')
  assert.equal(at(mustBe(200, await why(host, 'host:shop/web')).json, 'allowed'), true)
})

test('a list can be narrowed to kinds and read page after page', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const hosts = mustBe(200, await node.admin.get(`${SECRET}?privilege=execute&kind=host`))
  assert.deepEqual(at(hosts.json, 'roles'), [
    {
      role: 'acme:host:shop/web',
      ground: 'permission',
      path: ['acme:host:shop/web', 'acme:layer:shop'],
    },
  ])
  const page = mustBe(200, await node.admin.get(`${SECRET}?privilege=execute&limit=2&page_token=`))
  assert.ok(page.headers['x-next-page'])
})

test('a privilege must be named, and a variable may be called status', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  mustBe(422, await node.admin.get(SECRET))
  mustBe(200, await node.admin.get('/access/acme/variable/shop/status?privilege=read'))
})

test('questions are in the trail, also those that were refused', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const stranger = await node.as('stranger')
  await why(node.admin, 'user:spy')
  await stranger.get(`${SECRET}?privilege=read`)
  const events = (await node.trail()).slice(-2)
  assert.deepEqual(
    events.map(({ kind, operation, result, subject }) => ({ kind, operation, result, subject })),
    [
      {
        kind: 'check',
        operation: 'explain',
        result: 'success',
        subject: {
          resource: 'acme:variable:shop/db/password',
          privilege: 'execute',
          role: 'acme:user:spy',
        },
      },
      {
        kind: 'resource',
        operation: 'access',
        result: 'failure',
        subject: { resource: 'acme:variable:shop/db/password', privilege: 'read' },
      },
    ],
  )
})
