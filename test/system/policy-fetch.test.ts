import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { jsonOf } from './node.ts'
import { openPolicyScene } from './policy-scene.ts'
import type { PolicyScene } from './policy-scene.ts'

let scene: PolicyScene

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGr0 ann@laptop'

before(async () => {
  scene = await openPolicyScene()
  await scene.load(`
- !user ann
- !user { id: bob, public_keys: ['${KEY}'] }
- !policy
  id: shop
  owner: !user ann
  annotations: { description: "What is sold: everything" }
  body:
    - !variable { id: db/password, kind: password, annotations: { "rotation/ttl": P1D } }
    - !user eve
    - !host { id: web, restricted_to: [10.0.0.0/24] }
    - !layer
    - !group admins
    - !grant { role: !layer , member: !host web }
    - !grant { role: !group admins, members: [!user eve, !user /bob] }
    - !permit { role: !group admins, privileges: [update, read], resource: !variable db/password }
    - !policy
      id: cart
      body:
        - !webservice api
- !permit { role: !user bob, privileges: [read], resource: !policy shop }
`)
})
after(() => scene[Symbol.asyncDispose]())

const SHOP = `---
- !policy
  id: shop
  owner: !user /ann
  annotations:
    description: "What is sold: everything"
  body:
    - !user eve
    - !policy
      id: cart
      body:
        - !webservice api
    - !variable
      id: db/password
      annotations:
        rotation/ttl: P1D
      kind: password
    - !host
      id: web
      restricted_to: [10.0.0.0/24]
    - !group admins
    - !grant
      role: !group admins
      members:
        - !user /bob
        - !user /shop/eve
    - !permit
      role: !group admins
      privileges: [read, update]
      resource: !variable db/password
`

test('the owner of a policy gets it as YAML', async () => {
  const answer = await scene.fetch('shop', { by: await scene.as('ann') })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'application/x-yaml')
  assert.equal(answer.body.toString(), SHOP)
})

test('whoever asks with the type application/json gets JSON, with nothing else the same statements', async () => {
  const answer = await scene.fetch('shop/cart', { type: 'application/json' })
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(jsonOf(answer), [
    { policy: { id: 'cart', body: [{ webservice: { id: 'api' } }] } },
  ])
  const other = await scene.fetch('shop/cart', { type: 'application/json; charset=utf-8' })
  assert.equal(other.headers['content-type'], 'application/x-yaml')
})

test('depth bounds the levels that are shown, limit how much there may be', async () => {
  const shallow = (await scene.fetch('shop/cart', { query: 'depth=0' })).body.toString()
  assert.equal(shallow, '---\n- !policy\n  id: cart\n  body: []\n')
  const levels = (await scene.fetch('root', { query: 'depth=1;limit=100' })).body.toString()
  assert.match(levels, /id: cart\n {6}body: \[\]/)
  assert.doesNotMatch(levels, /api|db\/password/)
  const { body } = await scene.fetch('shop', { query: 'limit=3' })
  assert.deepEqual(JSON.parse(body.toString()), {
    error: {
      code: 'unprocessable_entity',
      message: "CONJ00164E Policy max allowed 'limit' = 3 exceeded. Value for policy is: 13",
    },
  })
  for (const query of ['depth=65', 'depth=-1', 'depth=x', 'limit=100001', 'limit=1e3', 'depth=']) {
    const answer = await scene.fetch('shop', { query })
    assert.equal(answer.status, 400, query)
  }
})

test('who sees the policy without owning it is refused with 403, who does not see it with 404', async () => {
  const seen = await scene.fetch('shop', { by: await scene.as('bob') })
  assert.deepEqual([seen.status, seen.body.toString()], [403, ''])
  const hidden = await scene.fetch('root', { by: await scene.as('ann') })
  assert.equal(hidden.status, 404)
  const nothing = await scene.fetch('nothing')
  assert.equal(nothing.status, 404)
  assert.equal(
    (await scene.node.send({ method: 'GET', path: '/policies/acme/policy/root' })).status,
    401,
  )
})

test('`deny-wins`: a fetched policy leaves out what its caller cannot see', async () => {
  await scene.load(`
- !policy
  id: team
  owner: !user ann
  body:
    - !variable open
    - !variable { id: closed, owner: !user /bob }
    - !policy { id: inner, owner: !user /bob, body: [!variable deep] }
`)
  const mine = (await scene.fetch('team', { by: await scene.as('ann') })).body.toString()
  assert.equal(
    mine,
    '---\n- !policy\n  id: team\n  owner: !user /ann\n  body:\n    - !variable open\n',
  )
})

test('the fetched root policy, loaded again by PUT, changes nothing and keeps keys and secrets', async () => {
  const text = (await scene.fetch('root')).body.toString()
  assert.match(text, /public_keys: \["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGr0 ann@laptop"\]/)
  const trial = jsonOf(await scene.dryRun(text, { method: 'PUT' }))
  assert.deepEqual(trial, {
    status: 'Valid YAML',
    created: { items: [] },
    updated: { before: { items: [] }, after: { items: [] } },
    deleted: { items: [] },
    access: [],
  })
  await scene.load(text, { method: 'PUT' })
  assert.equal((await scene.fetch('root')).body.toString(), text)
})

test('fetching is in the trail, and so is being refused', async () => {
  await scene.fetch('shop')
  await scene.fetch('shop', { by: await scene.as('bob') })
  const path = '/audit/acme?operation=read&limit=2'
  const trail = JSON.stringify(jsonOf(await scene.node.as(scene.admin, { method: 'GET', path })))
  const subject = '"subject":{"account":"acme","identifier":"shop","role_id":"acme:user:bob"}'
  assert.ok(trail.includes(subject))
  assert.match(
    trail,
    /"kind":"policy","operation":"read","result":"failure","user":"acme:user:bob"/,
  )
  assert.match(
    trail,
    /"kind":"policy","operation":"read","result":"success","user":"acme:user:admin"/,
  )
})
