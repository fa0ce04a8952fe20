import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isAuditTrail } from '#api/wire.ts'
import type { Answer } from '#client/transport.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

const LAPTOP = 'ssh-rsa AAAAB3NzaC1yc2E= laptop'
const PHONE = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5= phone'

const POLICY = `
- !user { id: alice, public_keys: [ '${PHONE}', '${LAPTOP}' ] }
- !user bob
- !policy
  id: a
  body:
    - !user { id: carol, public_keys: [ '${LAPTOP}' ] }
- !resource { kind: public_key, id: public_key/site/www }
`

let installation: Installation
let node: TestNode
let admin: string

before(async () => {
  installation = await startInstallation()
  node = await installation.start()
  admin = await node.tokenFor('admin', node.adminKey)
  const loaded = { method: 'POST', path: '/policies/acme/policy/root', body: POLICY } as const
  assert.equal((await node.as(admin, loaded)).status, 201)
})
after(() => installation[Symbol.asyncDispose]())

const keysOf = (path: string): Promise<Answer> =>
  node.send({ method: 'GET', path: `/public_keys/${path}` })

test('everybody gets the keys of a user, one a line, in the order of their names', async () => {
  const answer = await keysOf('acme/user/alice')
  assert.deepEqual([answer.status, answer.body.toString()], [200, `${LAPTOP}\n${PHONE}\n`])
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal((await keysOf('acme/user/carol%40a')).body.toString(), `${LAPTOP}\n`)
})

test('the newest value counts, without the white space around it', async () => {
  const id = encodeURIComponent('user/alice/phone')
  const newer = 'ssh-ed25519 AAAAnewer phone'
  const set = {
    method: 'POST',
    path: `/secrets/acme/public_key/${id}`,
    body: `${newer}\n`,
  } as const
  assert.equal((await node.as(admin, set)).status, 201)
  assert.equal((await keysOf('acme/user/alice')).body.toString(), `${LAPTOP}\n${newer}\n`)
})

test('keys that belong to no user are found under their own kind', async () => {
  const id = encodeURIComponent('public_key/site/www')
  const set = { method: 'POST', path: `/secrets/acme/public_key/${id}`, body: LAPTOP } as const
  assert.equal((await node.as(admin, set)).status, 201)
  assert.equal((await keysOf('acme/public_key/site')).body.toString(), `${LAPTOP}\n`)
})

test('`cache-tenancy`: whoever has no key, does not exist or is of another account has an empty line', async () => {
  for (const path of [
    'acme/user/bob',
    'acme/user/nobody',
    'other/user/alice',
    'acme/user/al',
    'acme/user/al%25',
    'acme/user/alic_',
    'acme/user/%25',
  ]) {
    const answer = await keysOf(path)
    assert.deepEqual([answer.status, answer.body.toString()], [200, '\n'], path)
  }
})

test('other kinds have no route', async () => {
  assert.equal((await keysOf('acme/variable/x')).status, 401)
  const asked = { method: 'GET', path: '/public_keys/acme/variable/x' } as const
  assert.equal((await node.as(admin, asked)).status, 404)
})

test('that keys were shown is in the trail', async () => {
  await keysOf('acme/user/bob')
  const trail = jsonOf(await node.as(admin, { method: 'GET', path: '/audit/acme?limit=1' }))
  assert.ok(isAuditTrail(trail))
  const { kind, operation, result, user, subject } = trail[0]?.event ?? assert.fail('no event')
  assert.deepEqual(
    [kind, operation, result, user, subject],
    ['public-keys', 'show', 'success', 'anonymous', { role: 'acme:user:bob' }],
  )
})
