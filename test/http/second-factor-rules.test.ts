import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openGate } from '#app/gate.ts'
import { administratorSession } from '#app/operator.ts'
import { isPermitted } from '#app/permission.ts'
import { REQUIRE_MFA, REQUIRE_MFA_EXEMPT, REQUIRE_MFA_WITHIN } from '#domain/factor-demand.ts'
import { makeId, parseIdIn } from '#domain/id.ts'
import { V2_TYPE } from '#http/v2.ts'
import type { Caller, Reply } from './client.ts'
import { annotate, assertDemanded, demand, openWorld, proven } from './demand-world.ts'
import { ACCOUNT, at, mustBe, openNode, secretPath } from './harness.ts'

const DB = makeId(ACCOUNT, 'variable', 'db')

test('the age that a factor may have is the one that the resource says', async () => {
  await using node = await openWorld()
  await demand(node, DB, 'execute')
  await annotate(node, DB, REQUIRE_MFA_WITHIN, '90s')
  const admin = await proven(node, 'admin')
  node.now += 90_000
  mustBe(200, await admin.get(secretPath('db')))
  node.now += 1000
  const refused = await admin.get(secretPath('db'))
  assert.equal(at(refused.json, 'error', 'max_age'), 90)
  assert.match(refused.text, /in the last 90 seconds/)
  assert.match(String(refused.headers['www-authenticate']), /max_age=90$/)
})

test('a host has no factor and is refused without a challenge, unless the resource exempts hosts', async () => {
  await using node = await openWorld()
  await node.load(
    '- !permit { role: !host app, privileges: [read, execute], resource: !variable db }',
  )
  await demand(node, DB, 'execute')
  const app = await node.as('host/app')
  const refused = await app.get(secretPath('db'))
  assert.deepEqual([refused.status, at(refused.json, 'error', 'code')], [403, 'mfa_required'])
  assert.equal(at(refused.json, 'error', 'max_age'), undefined)
  assert.equal(refused.headers['www-authenticate'], undefined)
  await annotate(node, DB, REQUIRE_MFA_EXEMPT, 'host')
  mustBe(200, await app.get(secretPath('db')))
  assertDemanded(await node.admin.get(secretPath('db')), 'execute', DB)
})

test('a host gets no certificate from an authority that demands a factor, unless it exempts hosts', async () => {
  await using node = await openWorld()
  await node.load(
    '- !permit { role: !host app, privileges: [sign], resource: !webservice conjur/mill/ca }',
  )
  const authority = makeId(ACCOUNT, 'webservice', 'conjur/mill/ca')
  await demand(node, authority, 'sign')
  const app = await node.as('host/app')
  const sign = (): Promise<Reply> => app.post('/ca/acme/mill/sign', 'csr=x&ttl=P1D')
  assert.equal(at((await sign()).json, 'error', 'code'), 'mfa_required')
  await annotate(node, authority, REQUIRE_MFA_EXEMPT, 'host')
  // This one is not set up: that is said only to who may sign.
  assert.equal(at((await sign()).json, 'error', 'code'), 'unprocessable_entity')
})

test('a permission check answers for the caller with the factor in mind, and for another role by policy', async () => {
  await using node = await openWorld()
  await demand(node, DB, 'execute')
  const check = '/resources/acme/variable/db?check=true&privilege=execute'
  const refused = await node.admin.get(check)
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [404, undefined])
  assert.match(refused.text, /needs a second factor/)
  assert.equal((await node.admin.get(`${check}&role=acme:user:admin`)).status, 404)
  mustBe(204, await (await proven(node, 'admin')).get(check))
  mustBe(204, await node.admin.get(`${check}&role=acme:policy:shop`.replace('db', 'shop%2Fdb')))
  await demand(node, makeId(ACCOUNT, 'variable', 'shop/db'), 'true')
  mustBe(204, await node.admin.get(`${check}&role=acme:policy:shop`.replace('db', 'shop%2Fdb')))
  // Nobody has proven anything before they log in.
  mustBe(204, await node.admin.get(check.replace('execute', 'authenticate')))
})

test('an explanation of access tells of the factor that it takes besides', async () => {
  await using node = await openWorld()
  const path = '/access/acme/variable/db?privilege=execute&role='
  const factorOf = async (caller: Caller, role: string): Promise<unknown> =>
    at(mustBe(200, await caller.get(path + role)).json, 'second_factor')
  assert.equal(await factorOf(node.admin, 'user:admin'), undefined)
  await demand(node, DB, 'execute')
  assert.deepEqual(await factorOf(node.admin, 'user:admin'), { within: 300, missing: true })
  assert.deepEqual(await factorOf(await proven(node, 'admin'), 'user:admin'), {
    within: 300,
    missing: false,
  })
  assert.deepEqual(await factorOf(node.admin, 'user:alice'), { within: 300 })
  await annotate(node, DB, REQUIRE_MFA_EXEMPT, 'host')
  assert.equal(await factorOf(node.admin, 'host:app'), undefined)
})

test('a batch is refused as a whole, and a partial one gives the rest and says what is missing', async () => {
  await using node = await openWorld()
  await node.set('shop/db', 'other')
  await demand(node, DB, 'execute')
  const ids = ['acme:variable:db', 'acme:variable:shop/db']
  const batch = (more: object): Promise<Reply> =>
    node.admin.post('/secrets/values', JSON.stringify({ variable_ids: ids, ...more }), {
      'Content-Type': 'application/json',
    })
  assertDemanded(await batch({}), 'execute', DB)
  const [db = '', shop = ''] = ids
  const partial = mustBe(200, await batch({ partial: true })).json
  assert.deepEqual(at(partial, shop), { value: 'other' })
  assert.deepEqual(
    [at(partial, db, 'error'), at(partial, db, 'max_age'), at(partial, db, 'value')],
    ['mfa-required', 300, undefined],
  )
  assert.match(String(at(partial, db, 'message')), /^execute on acme:variable:db needs/)
  // What is not there would not be there with a factor either.
  ids.push('acme:variable:none')
  assert.equal((await batch({})).status, 404)
})

/** The names of the branches that a reply lists. */
function namesIn({ json }: Reply): readonly unknown[] {
  const branches = at(json, 'branches')
  assert.ok(Array.isArray(branches))
  return branches.map((branch) => at(branch, 'name'))
}

test('what an answer shows only to who may do more, it leaves out without the factor', async () => {
  await using node = await openWorld()
  const fresh = await proven(node, 'admin')
  const v2 = { Accept: V2_TYPE }
  const shown = async (caller: Caller): Promise<readonly boolean[]> => {
    const factory = mustBe(200, await caller.get('/resources/acme/host_factory/factory'))
    const listed = mustBe(200, await caller.get('/resources/acme/host_factory'))
    const policy = mustBe(200, await caller.get('/resources/acme/policy/root'))
    const branches = mustBe(200, await caller.get('/branches/acme', v2))
    const instance = mustBe(200, await caller.get('/authenticators/acme/jwt/ci', v2))
    return [
      at(factory.json, 'tokens') !== undefined,
      at(listed.json, '0', 'tokens') !== undefined,
      at(policy.json, 'policy_versions', '0', 'policy_text') !== undefined,
      namesIn(branches).includes('shop'),
      instance.text.includes('a key'),
    ]
  }
  await node.set('conjur/authn-jwt/ci/public-keys', '{"type":"jwks","value":{"keys":["a key"]}}')
  assert.deepEqual(await shown(node.admin), [true, true, true, true, true])
  for (const [on, privilege] of [
    ['host_factory:factory', 'execute, update'],
    ['policy:root', 'update'],
    ['policy:shop', 'read'],
    ['variable:conjur/authn-jwt/ci/public-keys', 'execute'],
  ] as const) {
    await demand(node, parseIdIn(ACCOUNT, on), privilege)
  }
  assert.deepEqual(await shown(node.admin), [false, false, false, false, false])
  assert.deepEqual(await shown(fresh), [true, true, true, true, true])
})

test('a demand that came in another way and cannot be read demands a factor for everything, also after the node has started anew', async () => {
  await using node = await openWorld()
  for (const [name, value] of [
    [REQUIRE_MFA, 'execute update'],
    [REQUIRE_MFA_WITHIN, '6h'],
    [REQUIRE_MFA_EXEMPT, 'user'],
    ['strongroom/require-mfa-of-the-future', 'x'],
  ] as const) {
    await annotate(node, DB, name, value)
    await using other = await openNode({ database: node.database })
    for (const { admin } of [node, other]) {
      assertDemanded(await admin.get(secretPath('db')), 'execute', DB)
      assertDemanded(await admin.post(secretPath('db'), 'x'), 'update', DB)
    }
    await node.store.change(ACCOUNT, (transaction) =>
      transaction.apply([
        { op: 'remove', row: { table: 'annotation', resource: DB, name, value } },
      ]),
    )
    mustBe(200, await other.admin.get(secretPath('db')))
  }
})

test('a demand that one node acknowledged is obeyed by every other in what is asked later', async () => {
  await using node = await openWorld()
  await using other = await openNode({ database: node.database })
  mustBe(200, await other.admin.get(secretPath('db')))
  await node.load('- !variable { id: db, annotations: { strongroom/require-mfa: execute } }', {
    method: 'PATCH',
  })
  assertDemanded(await other.admin.get(secretPath('db')), 'execute', DB)
})

test('annotations of branches, authenticators and hosts are held to the same rules as those of a policy', async () => {
  await using node = await openWorld()
  const bad = { [REQUIRE_MFA]: 'authenticate' }
  const v2 = { Accept: V2_TYPE, 'Content-Type': 'application/json' }
  const path = `/host_factory_tokens?host_factory=${ACCOUNT}:host_factory:factory&expiration=2050-01-01T00:00:00Z`
  const token = String(at(mustBe(200, await node.admin.post(path)).json, '0', 'token'))
  const factory = node.client.caller({ Authorization: `Token token="${token}"` })
  const instance = {
    type: 'jwt',
    name: 'new',
    enabled: true,
    data: { jwks_uri: 'https://ci.example/keys', issuer: 'https://ci.example' },
    annotations: bad,
  }
  const replies = [
    await node.admin.post(
      '/branches/acme',
      JSON.stringify({ name: 'b', branch: 'shop', annotations: bad }),
      v2,
    ),
    await node.admin.patch('/branches/acme/shop', JSON.stringify({ annotations: bad }), v2),
    await node.admin.post('/authenticators/acme', JSON.stringify(instance), v2),
    await factory.post('/host_factories/hosts', `id=new&annotations[${REQUIRE_MFA}]=authenticate`),
  ]
  for (const reply of replies) {
    assert.equal(reply.status, 422, reply.text)
    assert.match(reply.text, /the annotation `strongroom\/require-mfa` cannot be `authenticate`/)
  }
})

test('an operator, who has the database, may do what an administrator may without a factor', async () => {
  await using node = await openWorld()
  const root = makeId(ACCOUNT, 'policy', 'root')
  await demand(node, root, 'true')
  const gate = await openGate(node.store)
  const session = await administratorSession({ gate, clock: () => node.now }, ACCOUNT)
  const { graph } = await gate.enter(session)
  assert.equal(isPermitted(graph, session, 'update', root), true)
})

test('who may ask by one of two privileges needs the factor that this one demands, and no other', async () => {
  await using node = await openWorld()
  await node.load(`
- !permit
  role: !user alice
  privileges: [read]
  resources: [!webservice conjur/authn-jwt/ci/status, !webservice strongroom/audit]
- !permit { role: !user alice, privileges: [read], resources: [!webservice conjur/authn-jwt/ci, !host app] }
`)
  const [status, ci, gatekeeper] = [
    'conjur/authn-jwt/ci/status',
    'conjur/authn-jwt/ci',
    'strongroom/audit',
  ].map((id) => makeId(ACCOUNT, 'webservice', id))
  assert.ok(status !== undefined && ci !== undefined && gatekeeper !== undefined)
  const alice = await node.as('alice')
  const explain = (caller: Caller): Promise<Reply> =>
    caller.post('/authn-jwt/ci/acme/explain', '{"role":"host:app"}', {
      'Content-Type': 'application/json',
    })
  await demand(node, ci, 'update')
  mustBe(200, await explain(alice))
  mustBe(200, await explain(node.admin))
  await demand(node, status, 'read')
  assertDemanded(await explain(alice), 'read', status)
  assertDemanded(await explain(node.admin), 'update', ci)
  mustBe(200, await explain(await proven(node, 'alice')))

  await demand(node, makeId(ACCOUNT, 'policy', 'root'), 'read')
  mustBe(200, await alice.get('/audit/acme'))
  await demand(node, gatekeeper, 'read')
  assertDemanded(await alice.get('/audit/acme'), 'read', gatekeeper)
  mustBe(200, await (await proven(node, 'alice')).get('/audit/acme'))
})
