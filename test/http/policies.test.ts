import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import {
  ACCOUNT,
  assertError,
  assertSilent,
  at,
  keyIn,
  loadAs,
  mustBe,
  openNode,
  resourcePath,
  secretPath,
} from './harness.ts'

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

const invisible = (id: string): Readonly<Record<string, unknown>> => ({
  code: 'not_found',
  message: `Policy '${id}' not found in account 'acme'`,
  target: 'policy',
  details: { code: 'not_found', target: 'id', message: `acme:policy:${id}` },
})

test('POST adds, and answers the keys of new users and hosts, this once', async () => {
  await using node = await openNode()
  const reply = mustBe(201, await loadAs(node.admin, SHOP))
  const [host, user] = ['acme:host:shop/web', 'acme:user:bob@shop']
  assert.deepEqual(reply.json, {
    created_roles: {
      [host]: { id: host, api_key: at(reply.json, 'created_roles', host, 'api_key') },
      [user]: { id: user, api_key: at(reply.json, 'created_roles', user, 'api_key') },
    },
    version: 1,
  })
  assert.deepEqual(mustBe(201, await loadAs(node.admin, SHOP)).json, {
    created_roles: {},
    version: 2,
  })
  const key = keyIn(await node.load('- !host late', { branch: 'shop' }), 'host:shop/late')
  mustBe(200, await node.anyone.post(`/authn/${ACCOUNT}/host%2Fshop%2Flate/authenticate`, key))
})

test('what is loaded is in force for the next request', async () => {
  await using node = await openNode()
  await node.load(SHOP)
  await node.set('shop/db/password', 'secret')
  const web = await node.as('host/shop/web')
  const path = secretPath('shop/db/password')
  assert.equal(mustBe(200, await web.get(path)).text, 'secret')
  const revoke = '- !revoke { role: !layer shop, member: !host shop/web }'
  await node.load(revoke, { method: 'PATCH' })
  mustBe(404, await web.get(path))
  await node.load('- !grant { role: !layer shop, member: !host shop/web }')
  mustBe(200, await web.get(path))
})

test('POST deletes nothing', async () => {
  await using node = await openNode()
  await node.load(SHOP)
  for (const text of [
    '- !delete { record: !host shop/web }',
    '- !revoke { role: !layer shop, member: !host shop/web }',
    '- !deny { role: !layer shop, privileges: [read], resource: !variable shop/db/password }',
  ]) {
    const reply = mustBe(422, await loadAs(node.admin, text))
    assert.match(reply.text, /may not contain deletion statements/)
  }
  mustBe(200, await node.admin.get(resourcePath('host', 'shop/web')))
})

test('PATCH updates and deletes what it names', async () => {
  await using node = await openNode()
  await node.load(SHOP)
  const deny =
    '- !deny { role: !layer shop, privilege: read, resource: !variable shop/db/password }'
  await node.load(`${deny}\n- !delete { record: !user bob@shop }`, { method: 'PATCH' })
  mustBe(404, await node.admin.get(resourcePath('user', 'bob@shop')))
  const left = await node.admin.get(resourcePath('variable', 'shop/db/password'))
  const policy = 'acme:policy:root'
  const execute = { privilege: 'execute', role: 'acme:layer:shop', policy }
  assert.deepEqual(at(left.json, 'permissions'), [execute])
})

test('PUT leaves what it declares and removes the rest of the branch', async () => {
  await using node = await openNode()
  await node.load(SHOP)
  await node.load('- !variable one\n- !variable two\n- !host gone', { branch: 'shop' })
  const gone = await node.as('host/shop/gone')
  await node.load('- !variable two\n- !variable three', { branch: 'shop', method: 'PUT' })
  const statuses = await Promise.all(
    ['one', 'two', 'three', 'db/password'].map(async (id) => {
      const { status } = await node.admin.get(resourcePath('variable', `shop/${id}`))
      return [id, status]
    }),
  )
  assert.deepEqual(statuses, [
    ['one', 404],
    ['two', 200],
    ['three', 200],
    ['db/password', 200],
  ])
  mustBe(401, await gone.get('/whoami'))
})

test('POST needs `create`, PATCH and PUT need `update`, and to know of the policy some privilege', async () => {
  await using node = await openNode()
  await node.load(`${SHOP}
- !user creator
- !user updater
- !user reader
- !user stranger
- !permit { role: !user creator, privileges: [create], resource: !policy shop }
- !permit { role: !user updater, privileges: [update], resource: !policy shop }
- !permit { role: !user reader, privileges: [read], resource: !policy shop }`)
  const outcomes: unknown[] = []
  for (const login of ['creator', 'updater', 'reader', 'stranger']) {
    const by = await node.as(login)
    for (const method of ['POST', 'PATCH'] as const) {
      const { status } = await loadAs(by, `- !variable of-${login}`, { branch: 'shop', method })
      outcomes.push([login, method, status])
    }
  }
  assert.deepEqual(outcomes, [
    ['creator', 'POST', 201],
    ['creator', 'PATCH', 403],
    ['updater', 'POST', 403],
    ['updater', 'PATCH', 201],
    ['reader', 'POST', 403],
    ['reader', 'PATCH', 403],
    ['stranger', 'POST', 404],
    ['stranger', 'PATCH', 404],
  ])
  const text = '- !variable x'
  assertSilent(403, await loadAs(await node.as('reader'), text, { branch: 'shop' }))
  assertError(
    404,
    invisible('shop'),
    await loadAs(await node.as('stranger'), text, { branch: 'shop' }),
  )
  assertError(404, invisible('nothing'), await loadAs(node.admin, text, { branch: 'nothing' }))
})

test('PUT needs `update` on everything below the branch as well', async () => {
  await using node = await openNode()
  await node.load(`${SHOP}
- !user updater
- !permit { role: !user updater, privileges: [update], resource: !policy shop }`)
  const [updater, put] = [await node.as('updater'), { branch: 'shop', method: 'PUT' } as const]
  assertSilent(403, await loadAs(updater, '- !variable x', put))
  const below = '[!variable shop/db/password, !host shop/web]'
  await node.load(`- !permit { role: !user updater, privileges: [update], resources: ${below} }`)
  mustBe(201, await loadAs(updater, '- !variable x', put))
})

test('a problem of a policy is answered with its place, and nothing of the policy is loaded', async () => {
  await using node = await openNode()
  const reply = mustBe(422, await loadAs(node.admin, '- !variable good\n- !group { name: bad }'))
  assert.equal(at(reply.json, 'error', 'code'), 'policy_invalid')
  assert.match(
    String(at(reply.json, 'error', 'message')),
    /^Error at line 2, column \d+ in policy : /,
  )
  const inner = at(reply.json, 'error', 'innererror')
  assert.deepEqual(
    [at(inner, 'code'), at(inner, 'filename'), at(inner, 'line')],
    ['policy_invalid', 'policy', 2],
  )
  mustBe(404, await node.admin.get(resourcePath('variable', 'good')))

  const unknown = mustBe(
    422,
    await loadAs(node.admin, '- !variable good\n- !grant { role: !group g, member: !user u }'),
  )
  assert.equal(at(unknown.json, 'error', 'code'), 'policy_invalid')
  mustBe(404, await node.admin.get(resourcePath('variable', 'good')))
})

test('an empty text and one that is not UTF-8 are no policies', async () => {
  await using node = await openNode()
  const message = 'is not present'
  assertError(
    422,
    {
      code: 'validation_failed',
      message: `policy_text ${message}`,
      details: [{ code: 'validation_failed', target: 'policy_text', message }],
    },
    await loadAs(node.admin, ''),
  )
  const binary = await node.admin.post(
    `/policies/${ACCOUNT}/policy/root`,
    Buffer.from([0x2d, 0x20, 0xff]),
  )
  assertError(422, { code: 'policy_invalid', message: 'the policy is not UTF-8 text' }, binary)
})

test('a dry run tells what would be and changes nothing, however the flag is written', async () => {
  await using node = await openNode()
  for (const method of ['POST', 'PATCH', 'PUT']) {
    for (const value of ['true', 'TRUE', '%20true%20']) {
      const path = `/policies/${ACCOUNT}/policy/root?dryRun=${value}`
      const reply = await node.admin.send({ method, path, body: '- !variable dry' })
      assert.match(mustBe(200, reply).text, /"status":"Valid YAML".*"acme:variable:dry"/)
    }
  }
  mustBe(404, await node.admin.get(resourcePath('variable', 'dry')))
})

test('an annotation that is called like an attribute is loaded, with a warning', async () => {
  await using node = await openNode()
  const loaded = await node.load('- !variable { id: v, annotations: { owner: me } }')
  assert.deepEqual(loaded.warnings, [
    "Annotation 'owner' matches a known policy attribute. This annotation will not be treated as a standard attribute and may not have the intended effect.",
  ])
})

test('the id of a branch may be spelled with plain or encoded slashes', async () => {
  await using node = await openNode()
  await node.load('- !policy { id: a, body: [!policy b] }')
  for (const branch of ['a/b', 'a%2Fb']) {
    mustBe(201, await node.admin.post(`/policies/${ACCOUNT}/policy/${branch}`, '- !variable v'))
  }
  mustBe(200, await node.admin.get(resourcePath('variable', 'a/b/v')))
})

test('every row that a load changed is in the trail with the load, and so is a refused load', async () => {
  await using node = await openNode()
  await node.load('- !group ops\n- !user alice')
  await node.load('- !grant { role: !group ops, member: !user alice }')
  const alice = await node.as('alice')
  await loadAs(alice, '- !variable x')
  const seen = (await node.trail()).filter(({ kind }) => kind === 'policy').slice(-3)
  const policy = 'acme:policy:root'
  assert.deepEqual(
    seen.map(({ operation, result, user, subject }) => [operation, result, user, subject]),
    [
      ['create', 'success', 'acme:user:admin', { resource: policy, policy, version: 2 }],
      [
        'add',
        'success',
        'acme:user:admin',
        { role: 'acme:group:ops', member: 'acme:user:alice', policy, version: 2 },
      ],
      ['create', 'failure', 'acme:user:alice', { resource: policy }],
    ],
  )
})

test('a load whose last step fails leaves nothing behind', async () => {
  let isFull = false
  await using node = await openNode({
    between: (store) => ({
      change: (account, work) =>
        store.change(account, (transaction) =>
          work({
            ...transaction,
            async record(events) {
              if (isFull) throw new Failure('unavailable', 'the trail is full')
              await transaction.record(events)
            },
          }),
        ),
    }),
  })
  await node.load('- !variable { id: before }')
  isFull = true
  mustBe(503, await loadAs(node.admin, '- !variable after\n- !host after'))
  mustBe(404, await node.admin.get(resourcePath('variable', 'after')))
  mustBe(404, await node.admin.get(resourcePath('host', 'after')))
})
