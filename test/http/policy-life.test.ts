import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeId } from '#domain/id.ts'
import { ACCOUNT, keyIn, loadAs, mustBe, openNode, resourcePath, secretPath } from './harness.ts'
import type { TestNode } from './harness.ts'

const authenticate = async (node: TestNode, login: string, key: string): Promise<number> => {
  const path = `/authn/${ACCOUNT}/${encodeURIComponent(login)}/authenticate`
  return (await node.anyone.post(path, key)).status
}

const membersOf = async (node: TestNode, kind: string, id: string): Promise<readonly string[]> => {
  const { json } = mustBe(200, await node.admin.get(`/roles/${ACCOUNT}/${kind}/${id}?members`))
  assert.ok(Array.isArray(json))
  return json.map(({ member }: { member: string }) => member)
}

test('a deleted host cannot log in any more, and one of its name that comes later has a key and secrets of its own', async () => {
  await using node = await openNode()
  const text = '- !host web\n- !variable { id: v, owner: !host web }'
  const first = keyIn(await node.load(text), 'host:web')
  await node.set('v', 'old')
  assert.equal(await authenticate(node, 'host/web', first), 200)

  await node.load('- !delete { record: !host web }', { method: 'PATCH' })
  assert.equal(await authenticate(node, 'host/web', first), 401)
  mustBe(404, await node.admin.get(resourcePath('variable', 'v')))

  const second = keyIn(await node.load(text), 'host:web')
  assert.notEqual(second, first)
  assert.equal(await authenticate(node, 'host/web', first), 401)
  assert.equal(await authenticate(node, 'host/web', second), 200)
  mustBe(404, await node.admin.get(secretPath('v')))
})

test('a replacement keeps the secrets and keys of what is still declared, and tells no key again', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load('- !host web\n- !host gone\n- !variable v'), 'host:web')
  await node.set('v', 'kept')
  const replaced = await node.load('- !host web\n- !variable v', { method: 'PUT' })
  assert.deepEqual(replaced.created_roles, {})
  assert.equal(await authenticate(node, 'host/web', key), 200)
  assert.equal(mustBe(200, await node.admin.get(secretPath('v'))).text, 'kept')
  mustBe(404, await node.admin.get(resourcePath('host', 'gone')))
})

test('a replacement of the root removes users with their keys and memberships, and leaves the administrator', async () => {
  await using node = await openNode()
  const loaded = await node.load(
    '- !user ann\n- !user bob\n- !group g\n- !grant { role: !group g, members: [!user ann, !user bob] }',
  )
  const bob = await node.as('bob')
  await node.load('- !user ann\n- !group g\n- !grant { role: !group g, member: !user ann }', {
    method: 'PUT',
  })
  assert.equal(await authenticate(node, 'bob', keyIn(loaded, 'user:bob')), 401)
  mustBe(401, await bob.get('/whoami'))
  assert.deepEqual(await membersOf(node, 'group', 'g'), ['acme:user:admin', 'acme:user:ann'])
  mustBe(200, await node.admin.get('/whoami'))
  assert.equal(await authenticate(node, 'admin', node.adminKey), 200)
})

test('a policy of nothing is loaded as a version like any other', async () => {
  await using node = await openNode()
  for (const [index, text] of ['# nothing', '[]', '---\n'].entries()) {
    const reply = mustBe(201, await loadAs(node.admin, text))
    assert.deepEqual(reply.json, { created_roles: {}, version: index + 1 })
  }
})

test('a public key that is loaded again makes no new version, one that changed does', async () => {
  await using node = await openNode()
  const id = makeId(ACCOUNT, 'public_key', 'user/ann/laptop')
  const versions = async (): Promise<unknown> =>
    (await node.store.details([id])).get(id)?.secrets.map(({ version }) => version)
  const text = (key: string): string =>
    `- !user { id: ann, public_key: ssh-rsa ${key} laptop, annotations: { a: b } }`
  await node.load(text('AAAA'))
  await node.load(text('AAAA'))
  await node.load(text('AAAA'), { method: 'PUT' })
  assert.deepEqual(await versions(), [1])
  await node.load(text('BBBB'), { method: 'PATCH' })
  assert.deepEqual(await versions(), [1, 2])
  const shown = await node.anyone.get(`/public_keys/${ACCOUNT}/user/ann`)
  assert.equal(shown.text, 'ssh-rsa BBBB laptop\n')
})

test('a branch is delegated by three privileges, and privileges beyond them mean nothing to a load', async () => {
  await using node = await openNode()
  await node.load(`
- !policy shop
- !user dev
- !user odd
- !permit { role: !user dev, privileges: [read, create, update], resource: !policy shop }
- !permit { role: !user odd, privileges: [read, execute, delete, authenticate, use, sign], resource: !policy shop }`)
  const [dev, odd] = [await node.as('dev'), await node.as('odd')]
  for (const method of ['POST', 'PATCH'] as const) {
    mustBe(201, await loadAs(dev, `- !variable by-${method}`, { branch: 'shop', method }))
    mustBe(403, await loadAs(odd, `- !variable of-${method}`, { branch: 'shop', method }))
  }
  mustBe(403, await loadAs(dev, '[]', { branch: 'shop', method: 'PUT' }))
  mustBe(404, await loadAs(dev, '- !variable x'))
})

test('`cache-tenancy`: what another account has under the same path does not keep a branch from being replaced', async () => {
  await using node = await openNode()
  await node.createAccount('rival')
  const text = `
- !policy shop
- !user dev
- !permit { role: !user dev, privileges: [read, update], resource: !policy shop }`
  await node.load(text)
  const rival = await node.as('admin', 'rival')
  mustBe(
    201,
    await rival.post('/policies/rival/policy/root', '- !policy { id: shop, body: [!variable v] }'),
  )
  const dev = await node.as('dev')
  mustBe(201, await loadAs(dev, '[]', { branch: 'shop', method: 'PUT' }))
  mustBe(200, await rival.get('/resources/rival/variable/shop%2Fv'))
})

test('whoever may update the root policy may replace it: nothing lies below it by its name', async () => {
  await using node = await openNode()
  await node.load(`
- !variable v
- !user keeper
- !permit { role: !user keeper, privileges: [read, update], resource: !policy root }`)
  const keeper = await node.as('keeper')
  mustBe(201, await loadAs(keeper, '- !variable w\n- !user keeper', { method: 'PUT' }))
  mustBe(404, await node.admin.get(resourcePath('variable', 'v')))
})

test('what a statement does not do is told with its line: to what another policy has, and to what is there', async () => {
  await using node = await openNode()
  await node.load('- !policy { id: shop, body: [!variable v, !group g] }\n- !user ann')
  const loaded = await node.load(
    '- !variable v\n- !grant { role: !group g, member: !user /ann }\n- !variable new\n',
    { branch: 'shop' },
  )
  assert.deepEqual(loaded.warnings, [
    "Line 1: variable 'shop/v' is already defined through policy `root`; this statement has no effect",
  ])
  const again = await node.load(
    '- !grant { role: !group g, member: !member { role: !user /ann, admin: true } }\n- !variable new',
    { branch: 'shop' },
  )
  assert.deepEqual(again.warnings, [
    "Line 1: the grant of group 'shop/g' to user 'ann' is already defined otherwise; adding to the policy does not change it",
  ])
  const many = Array.from({ length: 150 }, (_, n) => `!variable v${n}`)
  await node.load(`- !policy { id: big, body: [${many.join(', ')}] }`)
  const { warnings = [] } = await node.load(`[${many.join(', ')}]`, { branch: 'big' })
  assert.equal(warnings.length, 101)
  assert.equal(warnings.at(-1), '50 more statements have no effect')
})
