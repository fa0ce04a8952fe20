import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { Caller, Reply } from './client.ts'
import {
  ACCOUNT,
  assertSilent,
  at,
  authorizationOf,
  basic,
  keyIn,
  mustBe,
  NOW,
  openNode,
} from './harness.ts'

const POLICY = `
- !user alice
- !user { id: bob, restricted_to: [192.0.2.0/24] }
- !host shop/web
- !group ops
`

const LOGIN = `/authn/${ACCOUNT}/login`
const PASSWORD = `/authn/${ACCOUNT}/password`
const GOOD_PASSWORD = 'Correct-Horse-4-Staples'

const authenticate = (caller: Caller, login: string, key: string): Promise<Reply> =>
  caller.post(`/authn/${ACCOUNT}/${encodeURIComponent(login)}/authenticate`, key)

function tokenIn({ json }: Reply): Parameters<typeof authorizationOf>[0] {
  assert.ok(isAccessToken(json))
  return json
}

test('an API key is exchanged for a token of eight minutes in the name of its role', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load(POLICY), 'host:shop/web')
  const reply = mustBe(200, await authenticate(node.anyone, 'host/shop/web', key))
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  const token = tokenIn(reply)
  assert.deepEqual(Object.keys(token), ['protected', 'payload', 'signature'])
  const claims: unknown = JSON.parse(Buffer.from(token.payload, 'base64url').toString())
  assert.deepEqual(claims, {
    iat: NOW / 1000,
    sub: 'host/shop/web',
    exp: NOW / 1000 + 480,
    jti: at(claims, 'jti'),
  })

  const bearer = node.client.caller({ Authorization: authorizationOf(token) })
  mustBe(200, await bearer.get('/whoami'))
  node.now += 480_000
  const late = mustBe(401, await bearer.get('/whoami'))
  assert.equal(late.text, 'Unauthorized: Invalid token')
})

test('a token comes as one word of base64 to who accepts that encoding', async () => {
  await using node = await openNode()
  const path = `/authn/${ACCOUNT}/admin/authenticate`
  for (const accepted of ['base64', 'gzip, Base64', ' BASE64 ,br']) {
    const headers = { 'Accept-Encoding': accepted }
    const reply = mustBe(200, await node.anyone.post(path, node.adminKey, headers))
    assert.equal(reply.headers['content-encoding'], 'base64')
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
    const Authorization = `Token token="${reply.text}"`
    mustBe(200, await node.client.caller({ Authorization }).get('/whoami'))
  }
})

test('a refusal to authenticate is alike for every reason, and only the trail knows the reason', async () => {
  await using node = await openNode()
  const loaded = await node.load(POLICY)
  const key = keyIn(loaded, 'user:alice')
  const from = (address: string): Caller => node.client.caller({ 'X-Forwarded-For': address })
  const refusals = [
    await authenticate(from('192.0.2.1'), 'alice', 'wrong'),
    await authenticate(from('192.0.2.1'), 'alice', ''),
    await authenticate(from('192.0.2.1'), 'alice', `${key} `),
    await authenticate(from('192.0.2.1'), 'nobody', key),
    await authenticate(from('192.0.2.1'), 'group/ops', key),
    await authenticate(from('192.0.2.1'), 'host/shop/web', key),
    await authenticate(from('192.0.2.1'), 'host/', key),
    await from('192.0.2.1').post('/authn/nowhere/alice/authenticate', key),
    await authenticate(from('198.51.100.1'), 'bob', keyIn(loaded, 'user:bob')),
  ]
  for (const refusal of refusals) assertSilent(401, refusal)
  assert.equal(new Set(refusals.map(visible)).size, 1)
  mustBe(200, await authenticate(from('192.0.2.1'), 'bob', keyIn(loaded, 'user:bob')))

  const seen = (await node.trail()).filter(({ operation }) => operation === 'authenticate')
  assert.deepEqual(
    seen.map(({ user, result, reason }) => [user, result, reason]),
    [
      ['acme:user:alice', 'failure', 'CONJ00002E Invalid credentials'],
      ['acme:user:alice', 'failure', 'CONJ00002E Invalid credentials'],
      ['acme:user:alice', 'failure', 'CONJ00002E Invalid credentials'],
      ['not-found', 'failure', 'CONJ00002E Invalid credentials'],
      ['not-found', 'failure', 'CONJ00002E Invalid credentials'],
      ['acme:host:shop/web', 'failure', 'CONJ00002E Invalid credentials'],
      ['not-found', 'failure', 'CONJ00002E Invalid credentials'],
      ['acme:user:bob', 'failure', 'IP address rejected'],
      ['acme:user:bob', 'success', undefined],
    ],
  )
})

/** All of a reply that its receiver can tell apart, but what is of the moment. */
function visible({ status, text, headers }: Reply): string {
  const { date: _date, 'x-request-id': _id, ...stable } = headers
  return JSON.stringify([status, text, stable])
}

test('a login with an API key gives that key back', async () => {
  await using node = await openNode()
  const key = keyIn(await node.load(POLICY), 'host:shop/web')
  const reply = mustBe(200, await node.anyone.get(LOGIN, basic('host/shop/web', key)))
  assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(reply.text, key)
})

test('a login with a password gives a key of its own, which is good for 30 days', async () => {
  await using node = await openNode()
  const alice = keyIn(await node.load(POLICY), 'user:alice')
  mustBe(204, await node.anyone.put(PASSWORD, GOOD_PASSWORD, basic('alice', alice)))
  const key = mustBe(200, await node.anyone.get(LOGIN, basic('alice', GOOD_PASSWORD))).text
  assert.match(key, /^[0-9a-hjkmnp-tv-z]{30,56}$/)
  assert.notEqual(key, alice)
  mustBe(200, await authenticate(node.anyone, 'alice', key))
  mustBe(200, await authenticate(node.anyone, 'alice', alice))

  node.now += 30 * 24 * 3600 * 1000
  assertSilent(401, await authenticate(node.anyone, 'alice', key))
  mustBe(200, await authenticate(node.anyone, 'alice', alice))
})

test('the eleventh login with a password ends the key of the first', async () => {
  await using node = await openNode()
  const alice = keyIn(await node.load(POLICY), 'user:alice')
  mustBe(204, await node.anyone.put(PASSWORD, GOOD_PASSWORD, basic('alice', alice)))
  const keys: string[] = []
  for (let login = 1; login <= 11; login++) {
    keys.push(mustBe(200, await node.anyone.get(LOGIN, basic('alice', GOOD_PASSWORD))).text)
  }
  assertSilent(401, await authenticate(node.anyone, 'alice', keys[0] ?? ''))
  for (const key of keys.slice(1)) mustBe(200, await authenticate(node.anyone, 'alice', key))
})

test('a login is refused without a word, whatever is wrong with it', async () => {
  await using node = await openNode()
  const loaded = await node.load(POLICY)
  const [key, bob] = [keyIn(loaded, 'user:alice'), keyIn(loaded, 'user:bob')]
  const elsewhere = { 'X-Forwarded-For': '198.51.100.1' }
  const attempts = [
    {},
    { Authorization: 'Basic' },
    { Authorization: 'Basic !!!' },
    { Authorization: `Basic ${Buffer.from('no colon').toString('base64')}` },
    { Authorization: await node.token('alice') },
    basic('', key),
    basic('alice', ''),
    basic('alice', 'wrong'),
    basic('nobody', key),
    basic('group/ops', key),
    { ...basic('bob', bob), ...elsewhere },
  ]
  const replies = await Promise.all(attempts.map((headers) => node.anyone.get(LOGIN, headers)))
  for (const reply of replies) assertSilent(401, reply)
  assertSilent(401, await node.anyone.get('/authn/nowhere/login', basic('alice', key)))
})

test('the token gate says in plain text what is wrong with a token', async () => {
  await using node = await openNode()
  const token = tokenIn(
    await node.anyone.post(`/authn/${ACCOUNT}/admin/authenticate`, node.adminKey),
  )
  const forged = Buffer.from(JSON.stringify({ iat: NOW / 1000, sub: 'admin', jti: 'x' }))
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'Authorization missing'],
    ['Bearer abc', 'Authorization missing'],
    [basic('admin', node.adminKey)['Authorization'], 'Authorization missing'],
    ['Token token=""', 'Malformed authorization token'],
    ['Token token="%%%"', 'Malformed authorization token'],
    [`Token token="${Buffer.from('{}').toString('base64')}"`, 'Unauthorized: Invalid token'],
    [
      authorizationOf({ ...token, payload: forged.toString('base64url') }),
      'Unauthorized: Invalid token',
    ],
    [authorizationOf({ ...token, signature: '' }), 'Unauthorized: Invalid token'],
  ]
  for (const [authorization, text] of cases) {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization }
    const reply = mustBe(401, await node.anyone.get('/whoami', headers))
    assert.deepEqual(
      [reply.text, reply.headers['content-type']],
      [text, 'text/plain; charset=utf-8'],
    )
  }
})

test('a role that is restricted to addresses can use its token from there only', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const bob = await node.as('bob')
  mustBe(200, await bob.get('/whoami', { 'X-Forwarded-For': '192.0.2.9' }))
  for (const address of ['198.51.100.1', '192.0.2.9, 198.51.100.1', '2001:db8::1']) {
    const reply = mustBe(403, await bob.get('/whoami', { 'X-Forwarded-For': address }))
    assert.equal(reply.text, 'IP address rejected')
  }
})

test('`aliases`: no other spelling of a login or an account is the same one', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const names = [
    'Admin',
    'ADMIN',
    'admin ',
    ' admin',
    'admin\u200B',
    'user/admin/',
    'ａdmin',
    'admin\t',
    'adm%69n',
  ]
  for (const name of names) assertSilent(401, await authenticate(node.anyone, name, node.adminKey))
  for (const account of ['ACME', 'acme ', 'acme:user', '%61cme%20']) {
    assertSilent(
      401,
      await node.anyone.post(
        `/authn/${account.replace(' ', '%20')}/admin/authenticate`,
        node.adminKey,
      ),
    )
  }
  assert.ok(
    (await node.trail()).every(({ user, result }) => result === 'success' || user === 'not-found'),
  )
  // The one alias there is means the same role, so there is nothing that counts twice.
  const reply = mustBe(200, await authenticate(node.anyone, 'user/admin', node.adminKey))
  assert.match(Buffer.from(tokenIn(reply).payload, 'base64url').toString(), /"sub":"admin"/)
})

test('`aliases`: composed and decomposed letters make two users, and neither has the key of the other', async () => {
  await using node = await openNode()
  const [composed, decomposed] = ['é'.normalize('NFC'), 'é'.normalize('NFD')]
  const loaded = await node.load(`- !user ${composed}\n- !user ${decomposed}`)
  const key = keyIn(loaded, `user:${composed}`)
  mustBe(200, await authenticate(node.anyone, composed, key))
  assertSilent(401, await authenticate(node.anyone, decomposed, key))
})
