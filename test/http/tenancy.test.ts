import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from './client.ts'
import { assertSilent, mustBe, openNode, resourcePath, secretPath } from './harness.ts'
import type { TestNode } from './harness.ts'
import { Random } from '../domain/random.ts'

const POLICY = `
- !variable db
- !host web
- !user alice
- !group ops
- !grant { role: !group ops, member: !user alice }
- !permit { role: !host web, privileges: [read, execute], resource: !variable db }
`

interface Tenants extends TestNode {
  readonly admins: Readonly<Record<'acme' | 'rival', Caller>>
}

/** Two accounts whose names for everything are the same. */
async function openTenants(): Promise<Tenants> {
  const node = await openNode()
  await node.createAccount('rival')
  const admins = { acme: await node.as('admin'), rival: await node.as('admin', 'rival') }
  for (const [account, admin] of Object.entries(admins)) {
    mustBe(201, await admin.post(`/policies/${account}/policy/root`, POLICY))
    mustBe(201, await admin.post(secretPath('db', account), `value of ${account}`))
  }
  return Object.assign(node, { admins })
}

test('`cache-tenancy`: the same names in two accounts are two things, whoever asked last', async () => {
  await using node = await openTenants()
  const hosts = { acme: await node.as('host/web'), rival: await node.as('host/web', 'rival') }
  const accounts = ['acme', 'rival'] as const
  const random = new Random(7)
  for (let step = 0; step < 60; step++) {
    const [of, asked, by] = [
      random.pick(accounts),
      random.pick(accounts),
      random.pick([hosts, node.admins]),
    ]
    const reply = await by[of].get(secretPath('db', asked))
    if (of === asked) assert.equal(mustBe(200, reply).text, `value of ${of}`)
    else assert.doesNotMatch(mustBe(404, reply).text, /value of/)
  }
})

test('`cache-tenancy`: an administrator is nobody in another account', async () => {
  await using node = await openTenants()
  const { acme, rival } = node.admins
  for (const path of [
    secretPath('db', 'acme'),
    resourcePath('host', 'web', 'acme'),
    resourcePath('policy', 'root', 'acme'),
  ]) {
    mustBe(200, await acme.get(path))
    mustBe(404, await rival.get(path))
    mustBe(404, await rival.get(`${path}?check&privilege=read`))
  }
  mustBe(404, await rival.post('/policies/acme/policy/root', '- !variable mine'))
  mustBe(404, await rival.put('/authn/acme/api_key?role=user:alice'))
  mustBe(404, await rival.put('/authn/rival/api_key?role=acme:user:alice'))
  assertSilent(403, await rival.get('/audit/acme'))
  assertSilent(403, await rival.get('/resources/acme?role=acme:user:admin'))
  mustBe(404, await rival.get('/secrets?variable_ids=acme:variable:db'))
  mustBe(404, await rival.get('/secrets?variable_ids=rival:variable:db,acme:variable:db'))
  assert.equal(mustBe(200, await rival.get('/resources/acme')).text, '[]')
  assert.doesNotMatch(mustBe(200, await rival.get('/resources?limit=1000')).text, /acme/)
  assert.doesNotMatch(
    mustBe(200, await rival.get('/resources?account=acme&search=db')).text,
    /acme/,
  )
})

test('`cache-tenancy`: a policy of one account says nothing of another', async () => {
  await using node = await openTenants()
  for (const text of [
    '- !grant { role: !group ops, member: !user acme:user:mallory }',
    '- !permit { role: !user alice, privileges: [execute], resource: !variable { id: db, account: acme } }',
    '- !variable { id: planted, account: acme }',
    '- !grant { role: !group { id: ops, account: acme }, member: !user alice }',
  ]) {
    mustBe(422, await node.admins.rival.post('/policies/rival/policy/root', text))
  }
  assert.equal(
    mustBe(200, await node.admins.acme.get('/resources/acme?count=true')).text,
    '{"count":6}',
  )
})

test('`cache-tenancy`: the key of a role of one account does not log in its namesake', async () => {
  await using node = await openNode()
  const rivalKey = await node.createAccount('rival')
  assertSilent(401, await node.anyone.post('/authn/acme/admin/authenticate', rivalKey))
  assertSilent(401, await node.anyone.post('/authn/rival/admin/authenticate', node.adminKey))
  mustBe(200, await node.anyone.post('/authn/rival/admin/authenticate', rivalKey))
})

test('`cache-tenancy`: what happens in one account is in its trail alone', async () => {
  await using node = await openTenants()
  await node.admins.rival.get(secretPath('db', 'rival'))
  await node.admins.rival.get(secretPath('db', 'acme'))
  assert.ok((await node.trail('acme')).every(({ user }) => !user.startsWith('rival:')))
  assert.ok((await node.trail('rival')).every(({ user }) => !user.startsWith('acme:')))
})
