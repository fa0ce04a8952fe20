import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from '#client/client.ts'
import { errorOf, FACTORY, hostIn, memberOf, startHostFactoryWorld } from './host-factory-world.ts'
import type { HostFactoryWorld } from './host-factory-world.ts'
import { jsonOf } from './node.ts'

let world: HostFactoryWorld

before(async () => {
  world = await startHostFactoryWorld()
})
after(() => world[Symbol.asyncDispose]())

test('a host is made with its annotations, belongs to the factory and its layers, and logs in on every node', async () => {
  const token = await world.token()
  const answer = await world.make(token, 'shop/web/1', {
    body: 'annotations[b]=2&annotations[a%2Fc]=x+y',
  })
  const { api_key: apiKey, ...host } = hostIn(answer)
  assert.equal(answer.headers['cache-control'], 'no-store')
  const shown = jsonOf(
    await world.as('admin', { method: 'GET', path: '/resources/acme/host/shop%2Fweb%2F1' }),
  )
  assert.deepEqual(host, shown)
  assert.deepEqual(
    { ...host, created_at: '' },
    {
      created_at: '',
      id: 'acme:host:shop/web/1',
      owner: FACTORY,
      permissions: [],
      annotations: [
        { name: 'a/c', value: 'x y' },
        { name: 'b', value: '2' },
      ],
      restricted_to: [],
    },
  )
  const bearer = await world.other.tokenFor('host/shop/web/1', apiKey)
  await world.as('admin', { method: 'POST', path: '/secrets/acme/variable/shop%2Fdb', body: 'v' })
  const read = await world.other.as(bearer, {
    method: 'GET',
    path: '/secrets/acme/variable/shop%2Fdb',
  })
  assert.deepEqual([read.status, read.body.toString()], [200, 'v'])
})

test('the parameters of a host may be JSON, in which annotations are an object', async () => {
  const answer = await world.node.send({
    method: 'POST',
    path: '/host_factories/hosts',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Token token="${await world.token()}"`,
    },
    body: JSON.stringify({ id: 'json', annotations: { n: 1, t: 'x' } }),
  })
  assert.deepEqual(memberOf(hostIn(answer), 'annotations'), [
    { name: 'n', value: '1' },
    { name: 't', value: 'x' },
  ])
})

test('`stale-token`: a host that is made again gets a new key, and the old key and its tokens end', async () => {
  const token = await world.token()
  const first = hostIn(await world.make(token, 'again', { body: 'annotations[a]=1' }))
  const bearer = await world.node.tokenFor('host/again', first.api_key)
  const second = hostIn(
    await world.make(token, 'again', { body: 'annotations[a]=2', at: world.other }),
  )
  assert.notEqual(second.api_key, first.api_key)
  assert.deepEqual(memberOf(second, 'annotations'), [{ name: 'a', value: '1' }])
  assert.equal((await world.node.as(bearer, { method: 'GET', path: '/whoami' })).status, 401)
  assert.equal(await world.node.login('host/again', first.api_key), 401)
  assert.equal(await world.node.login('host/again', second.api_key), 200)
})

test('`cross-owner-revoke`: a host of a policy or of another factory is refused, and its key stays', async () => {
  const ours = await world.token()
  const theirs = await world.token({ host_factory: 'acme:host_factory:shop/other' })
  const { api_key: apiKey } = hostIn(await world.make(theirs, 'theirs'))
  for (const id of ['theirs', 'shop/manual']) {
    const refused = await world.make(ours, id)
    assert.deepEqual([refused.status, refused.body.toString()], [403, ''], id)
  }
  assert.equal(await world.node.login('host/theirs', apiKey), 200)
})

test('without a good token a host is refused without a word, whatever is asked', async () => {
  const expired = await world.token({ expiration: '2040-01-01' })
  await world.inDatabase(
    `update host_factory_token set expires_at = now() - interval '1 second' where expires_at < '2041-01-01'`,
  )
  const bound = await world.token({ 'cidr[]': '10.0.0.0/8' })
  const refused = [
    await world.node.send({ method: 'POST', path: '/host_factories/hosts?id=no' }),
    await world.make('', 'no'),
    await world.make('unknown', 'no'),
    await world.make(expired, 'no'),
    await world.make('unknown', 'conjur/x'),
    await world.make('unknown', ''),
    await world.make(bound, 'no', { from: '11.0.0.1' }),
    await world.as('admin', { method: 'POST', path: '/host_factories/hosts?id=no' }),
  ]
  for (const { status, body } of refused) assert.deepEqual([status, body.toString()], [401, ''])
  assert.equal((await world.make(bound, 'bound', { from: '10.9.8.7' })).status, 201)
  const missing = await world.as('admin', { method: 'GET', path: '/resources/acme/host/no' })
  assert.equal(missing.status, 404)
})

test('our own client makes tokens and hosts and revokes tokens', async () => {
  const options = { url: world.node.url, account: 'acme' }
  const key = world.node.adminKey
  const client = createClient({
    ...options,
    credentials: { kind: 'apiKey', login: 'admin', key },
  })
  const stranger = createClient({ ...options, credentials: { kind: 'anonymous' } })
  const [made] = await client.createHostFactoryTokens({
    factory: 'shop/hf',
    expiration: new Date(Date.now() + 60_000),
    cidrs: ['127.0.0.1'],
    maxUses: 2,
  })
  assert.deepEqual([made?.cidr, made?.max_uses], [['127.0.0.1/32'], 2])
  const token = made?.token ?? ''
  const host = await stranger.createHost(token, { id: 'ours', annotations: { 'a/b': '&=[]' } })
  assert.equal(host.id, 'acme:host:ours')
  assert.deepEqual(memberOf(host, 'annotations'), [{ name: 'a/b', value: '&=[]' }])
  assert.equal((await stranger.publicKeys('maker')).toString(), '\n')
  await client.revokeHostFactoryToken(token)
  await assert.rejects(stranger.createHost(token, { id: 'ours' }), { code: 'unauthorized' })
  client.close()
  stranger.close()
})

test('`kind-confusion`: ids that are reserved, or no plain path, are refused', async () => {
  const token = await world.token()
  for (const id of [
    'conjur/authn-k8s/x',
    '/conjur/x',
    '//conjur/x',
    'conjur/',
    'a//b',
    'a/',
    'a/../conjur/x',
    './a',
    '..',
  ]) {
    assert.deepEqual(
      jsonOf(await world.make(token, id), 422),
      errorOf('argument_error', `Invalid id: ${id}`),
    )
  }
  assert.deepEqual(
    jsonOf(await world.make(token, ''), 422),
    errorOf('parameter_missing', 'id is missing'),
  )
  assert.equal((await world.make(token, 'a\nb')).status, 422)
  assert.equal((await world.make(token, 'x'.repeat(951))).status, 422)
})

test('`bootstrap-once`: a hundred uses at once of a token on two nodes give as many hosts as it may make', async () => {
  for (const maxUses of [1, 3]) {
    const token = await world.token({ max_uses: String(maxUses) })
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        world.make(token, `once/${maxUses}/${n}`, { at: n % 2 === 0 ? world.node : world.other }),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 201).length, maxUses)
    assert.equal(statuses.filter((status) => status === 401).length, 100 - maxUses)
    const hosts = await world.as('admin', { method: 'GET', path: '/resources/acme/host' })
    const found = hosts.body.toString().match(new RegExp(`"id":"acme:host:once/${maxUses}/`, 'g'))
    assert.equal(found?.length, maxUses)
  }
})

test('a use that fails is not counted', async () => {
  const token = await world.token({ max_uses: '1' })
  assert.equal((await world.make(token, 'shop/manual')).status, 403)
  assert.equal((await world.make(token, 'conjur/x')).status, 422)
  assert.equal((await world.make(token, 'counted')).status, 201)
  assert.equal((await world.make(token, 'counted')).status, 401)
})

test('twenty makings of one host at once leave exactly one key that is good', async () => {
  const token = await world.token()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      world.make(token, 'raced', { at: n % 2 === 0 ? world.node : world.other }),
    ),
  )
  const keys = answers.map((answer) => hostIn(answer).api_key)
  const logins = await Promise.all(keys.map((key) => world.node.login('host/raced', key)))
  assert.deepEqual(logins.filter((status) => status === 200).length, 1)
})
