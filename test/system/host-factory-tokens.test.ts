import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Answer } from '#client/transport.ts'
import {
  errorOf,
  FACTORY,
  FUTURE,
  hostIn,
  memberOf,
  startHostFactoryWorld,
  tokensIn,
} from './host-factory-world.ts'
import type { HostFactoryWorld } from './host-factory-world.ts'
import { jsonOf } from './node.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }

let world: HostFactoryWorld

before(async () => {
  world = await startHostFactoryWorld()
})
after(() => world[Symbol.asyncDispose]())

test('tokens are made by a form and by JSON, as many as asked for, with their addresses in normal form', async () => {
  const form = await world.order('maker', { count: '2', 'cidr[]': '123.234.0.0/16' })
  const two = tokensIn(form)
  assert.equal(form.headers['cache-control'], 'no-store')
  assert.equal(new Set(two.map(({ token }) => token)).size, 2)
  for (const { token, ...rest } of two) {
    assert.match(token, /^[0-9a-hjkmnp-tv-z]{30,56}$/)
    assert.deepEqual(rest, { expiration: FUTURE, cidr: ['123.234.0.0/16'] })
  }
  const [one] = tokensIn(
    await world.as('maker', {
      method: 'POST',
      path: '/host_factory_tokens',
      headers: JSON_TYPE,
      body: JSON.stringify({
        host_factory: FACTORY,
        expiration: '2050-12-31T02:00:00.500+02:00',
        count: 1,
        cidr: ['10.0.0.1', '2001:DB8::/32'],
        max_uses: 3,
      }),
    }),
  )
  assert.deepEqual(one, {
    token: one?.token,
    expiration: FUTURE,
    cidr: ['10.0.0.1/32', '2001:db8::/32'],
    max_uses: 3,
  })
  const query = `/host_factory_tokens?host_factory=${FACTORY}&expiration=${FUTURE}`
  assert.equal((await world.as('maker', { method: 'POST', path: query })).status, 200)
})

test('what is wrong with an order is told in the words of the Conjur API', async () => {
  for (const [fields, message] of [
    [{ host_factory: '' }, 'host_factory'],
    [{ expiration: '' }, 'expiration'],
    [{ host_factory: 'acme:policy:root' }, 'Invalid resource kind: policy'],
    [{ expiration: 'not-iso-string' }, 'Input is invalid ISO8601 datetime string: not-iso-string'],
    [
      { expiration: '2017-08-04T22:27:20+00:00' },
      'Value for parameter expiration must be in the future: 2017-08-04T22:27:20+00:00',
    ],
    [{ count: '0' }, "Invalid value for parameter 'count': 0"],
    [{ count: '-1' }, "Invalid value for parameter 'count': -1"],
    [{ count: 'x' }, "Invalid value for parameter 'count': x"],
    [{ count: '1001' }, "Invalid value for parameter 'count': 1001"],
    [{ max_uses: '0' }, "Invalid value for parameter 'max_uses': 0"],
    [{ 'cidr[]': 'invalid' }, "Invalid IP address or CIDR range 'invalid'"],
    [
      { 'cidr[]': '10.0.0.1/24' },
      "Invalid IP address or CIDR range '10.0.0.1/24': Value has bits set to right of mask. Did you mean '10.0.0.0/24'?",
    ],
  ] as const) {
    assert.deepEqual(
      jsonOf(await world.order('admin', fields), 422),
      errorOf('argument_error', message),
      message,
    )
  }
  const broken = {
    method: 'POST',
    path: '/host_factory_tokens',
    headers: JSON_TYPE,
    body: '{',
  } as const
  assert.equal((await world.as('admin', broken)).status, 400)
})

test('tokens are made by those who may execute the factory; for others it is forbidden, or not there', async () => {
  assert.equal((await world.order('maker')).status, 200)
  for (const who of ['viewer', 'revoker']) {
    const refused = await world.order(who)
    assert.deepEqual([refused.status, refused.body.toString()], [403, ''])
  }
  const invisible = jsonOf(await world.order('stranger'), 404)
  const absent = jsonOf(
    await world.order('admin', { host_factory: 'acme:host_factory:nowhere' }),
    404,
  )
  const target = (id: string): unknown => ({
    error: {
      code: 'not_found',
      message: `Host_factory '${id}' not found in account 'acme'`,
      target: 'host_factory',
      details: { code: 'not_found', target: 'id', message: `acme:host_factory:${id}` },
    },
  })
  assert.deepEqual(invisible, target('shop/hf'))
  assert.deepEqual(absent, target('nowhere'))
})

test('a token is revoked by those who may update the factory, and hosts that it made stay', async () => {
  const token = await world.token()
  const { api_key: apiKey } = hostIn(await world.make(token, 'survivor'))
  assert.equal((await world.revoke('maker', token)).status, 403)
  const invisible = await world.revoke('stranger', token)
  const unknown = await world.revoke('admin', 'unknown')
  assert.deepEqual([invisible.status, unknown.status], [404, 404])
  assert.deepEqual(invisible.body, unknown.body)
  assert.equal((await world.revoke('revoker', token)).status, 204)
  assert.equal((await world.revoke('revoker', token)).status, 404)
  assert.equal((await world.make(token, 'late', { at: world.other })).status, 401)
  assert.equal(await world.node.login('host/survivor', apiKey), 200)
})

test('`db-theft`: whoever may use or revoke tokens sees how good they are, others see none, and nobody sees a token', async () => {
  const token = await world.token({ 'cidr[]': '192.0.2.0/24', max_uses: '7' })
  const show = (who: string): Promise<Answer> =>
    world.as(who, { method: 'GET', path: '/resources/acme/host_factory/shop%2Fhf' })
  const viewed = jsonOf(await show('viewer'))
  assert.deepEqual(memberOf(viewed, 'layers'), ['acme:layer:shop/cart', 'acme:layer:shop/till'])
  assert.equal(memberOf(viewed, 'tokens'), undefined)
  for (const who of ['maker', 'revoker', 'admin']) {
    const shown = await show(who)
    const listed = memberOf(jsonOf(shown), 'tokens')
    assert.ok(Array.isArray(listed))
    assert.ok(
      listed.some(
        (one: unknown) =>
          JSON.stringify(one) ===
          JSON.stringify({ expiration: FUTURE, cidr: ['192.0.2.0/24'], uses_left: 7 }),
      ),
    )
    assert.ok(!shown.body.includes(token))
  }
  const list = await world.as('admin', { method: 'GET', path: '/resources/acme/host_factory' })
  assert.match(list.body.toString(), /"uses_left":7/)
  const kept = await world.inDatabase('select token::text from host_factory_token as token')
  assert.ok(kept.length > 0)
  assert.ok(!JSON.stringify(kept).includes(token))
  assert.ok(!JSON.stringify(kept).includes(Buffer.from(token).toString('hex')))
})

test('a policy that removes the factory ends its tokens', async () => {
  await world.load('- !layer gone\n- !host-factory { id: gone, layers: [ !layer gone ] }')
  const token = await world.token({ host_factory: 'acme:host_factory:gone' })
  const patched = await world.load('- !delete { record: !host-factory gone }', 'PATCH')
  assert.equal(patched.status, 201, patched.body.toString())
  assert.equal((await world.make(token, 'orphan', { at: world.other })).status, 401)
})

test('what was done with host factories is in the trail, without a token or key', async () => {
  const token = await world.token()
  const { api_key: apiKey } = hostIn(
    await world.make(token, 'recorded', { body: 'annotations[note]=n' }),
  )
  await world.make(token, 'shop/manual')
  await world.revoke('admin', token)
  const answer = await world.as('admin', { method: 'GET', path: '/audit/acme?limit=11' })
  const trail = jsonOf(answer)
  assert.ok(Array.isArray(trail))
  const seen = trail.map(({ event }: { event: Record<string, unknown> }) =>
    ['kind', 'operation', 'result', 'user', 'subject'].map((name) => event[name]),
  )
  const [host, manual] = ['acme:host:recorded', 'acme:host:shop/manual']
  assert.deepEqual(seen, [
    ['host-factory', 'revoke-token', 'success', 'acme:user:admin', { resource: FACTORY }],
    ['host-factory', 'create-host', 'failure', FACTORY, { resource: FACTORY, role: manual }],
    ['policy', 'add', 'success', FACTORY, { role: host, credential: true }],
    ['policy', 'add', 'success', FACTORY, { resource: host, annotation: 'note' }],
    ['policy', 'add', 'success', FACTORY, { role: 'acme:layer:shop/till', member: host }],
    ['policy', 'add', 'success', FACTORY, { role: 'acme:layer:shop/cart', member: host }],
    ['policy', 'add', 'success', FACTORY, { role: host, owner: FACTORY }],
    ['policy', 'add', 'success', FACTORY, { resource: host, owner: FACTORY }],
    ['policy', 'add', 'success', FACTORY, { role: host }],
    ['host-factory', 'create-host', 'success', FACTORY, { resource: FACTORY, role: host }],
    [
      'host-factory',
      'create-token',
      'success',
      'acme:user:admin',
      { resource: FACTORY, expiration: FUTURE, count: 1, cidr: '' },
    ],
  ])
  assert.ok(!answer.body.includes(token) && !answer.body.includes(apiKey))
})
