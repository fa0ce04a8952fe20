import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  ACCOUNT,
  basic,
  GO,
  idOf,
  openConjurClient,
  pathEscape,
  policyPath,
  queryEscape,
  statusOf,
} from './conjur-client.ts'
import type { ConjurClient } from './conjur-client.ts'
import { jsonIn, keyOf } from './wire.ts'
import type { WireAnswer, WireCall } from './wire.ts'

// The calls of existing clients as reference/conjur-api.md 8 has them, byte for byte, against a server as it is shipped.

let client: ConjurClient

before(async () => {
  client = await openConjurClient()
})
after(() => client[Symbol.asyncDispose]())

const as = (call: WireCall): Promise<WireAnswer> => client.as(call)
const get = (path: string, headers?: WireCall['headers']): Promise<WireAnswer> =>
  client.get(path, headers)
const bare = (call: WireCall): Promise<WireAnswer> => client.wire.send(call)
const keyFor = (role: string): string => keyOf(client.loaded, ACCOUNT, role)

test('a client finds out what the server is, before it has a token and after', async () => {
  assert.equal(await statusOf(bare({ method: 'GET', path: '/info', headers: GO })), 401)
  assert.equal(await statusOf(get('/info')), 404)
  const root = { method: 'GET', path: '/' }
  const known = await bare({ ...root, headers: { ...GO, Accept: 'application/json' } })
  const { version } = jsonIn(known) as { readonly version: string }
  assert.match(version, /^1\.24\.0-\d+$/)
  const page = (await bare({ ...root, headers: { Accept: '*/*' } })).text
  assert.equal(/<dd>\s*Version\s*([^\s<]+)\s*<\/dd>/.exec(page)?.[1], version)
})

test('a client logs in, authenticates in each form of a login, and presents its token in each form', async () => {
  const login = await bare({
    method: 'GET',
    path: `/authn/${ACCOUNT}/login`,
    headers: { ...GO, ...basic('admin', client.adminKey), 'Content-Type': 'text/plain' },
  })
  assert.deepEqual([login.status, login.text], [200, client.adminKey])
  assert.equal(login.headers['content-type'], 'text/plain; charset=utf-8')

  const names = [
    ['alice', 'user:alice', 'alice'],
    ['user/bob', 'user:bob', 'bob'],
    ['host/app', 'host:app', 'host/app'],
    ['host/shop/web', 'host:shop/web', 'host/shop/web'],
    ['clerk@shop', 'user:clerk@shop', 'clerk@shop'],
  ] as const
  for (const [name, role, username] of names) {
    const Authorization = await client.tokenOf(name, keyFor(role))
    const who = await bare({
      method: 'GET',
      path: '/whoami',
      headers: { ...GO, Authorization },
    })
    assert.equal((jsonIn(who) as { readonly username: string }).username, username)
  }
  const path = `/authn/${ACCOUNT}/host%2Fapp/authenticate`
  const encoded = await bare({
    method: 'POST',
    path,
    headers: { 'Accept-Encoding': 'base64', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: keyFor('host:app'),
  })
  assert.equal(encoded.headers['content-encoding'], 'base64')
  assert.match(encoded.text, /^[A-Za-z0-9+/]+=*$/)
  const words = [
    encoded.text,
    encoded.text.replace(/=+$/, ''),
    encoded.text.replaceAll(/.{60}/g, '$& '),
  ]
  for (const word of words) {
    const headers = { authorization: `Token token="${word}"` }
    assert.equal(await statusOf(bare({ method: 'GET', path: '/whoami', headers })), 200)
  }
  // The Go client reads the times of a token by standard base64.
  const { payload } = JSON.parse(Buffer.from(encoded.text, 'base64').toString()) as {
    readonly payload: string
  }
  assert.match(payload, /^[A-Za-z0-9+/]+=*$/)
  const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
    readonly iat: number
    readonly exp: number
  }
  assert.equal(exp - iat, 480)
})

test('a secret is set and read in each way of writing its id, whatever the client says that it is', async () => {
  const value = 'user=x&password=a+b%20c\n'
  const path = `/secrets/${ACCOUNT}/variable/${pathEscape('shop/db/password')}`
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  for (const call of [
    { method: 'POST', path, headers: form, body: value },
    { method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: value },
    { method: 'POST', path, body: value, isChunked: true },
    { method: 'POST', path, headers: { Expect: '100-continue' }, body: value },
  ]) {
    const answer = await as(call)
    assert.deepEqual([answer.status, answer.text], [201, ''])
  }
  for (const spelling of [
    'shop%2Fdb%2Fpassword',
    'shop%2fdb%2fpassword',
    'shop/db/password',
    'shop/db%2Fpassword',
    'shop/db/password/',
  ]) {
    const answer = await get(`/secrets/${ACCOUNT}/variable/${spelling}`)
    assert.deepEqual([answer.status, answer.text], [200, value])
    assert.equal(answer.headers['content-type'], 'application/octet-stream')
    assert.equal(answer.headers['content-length'], String(value.length))
  }
  assert.equal((await get(`${path}?version=1`)).text, value)
  // A plus in a path is a plus: an id with a space must be written with %20.
  const spaced = `/secrets/${ACCOUNT}/variable/shop/db`
  assert.equal(
    await statusOf(as({ method: 'POST', path: `${spaced}%20password`, body: 'spaced' })),
    201,
  )
  assert.equal((await get(`${spaced}%20password`)).text, 'spaced')
  assert.equal(await statusOf(get(`${spaced}+password`)), 404)
})

test('several secrets are read in one call, as text and as base64 in lines', async () => {
  const binary = Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.alloc(60, 'x')])
  const path = `/secrets/${ACCOUNT}/variable/shop%2Fcertificate`
  assert.equal(await statusOf(as({ method: 'POST', path, body: binary })), 201)
  const ids = [idOf('shop/db/password'), idOf('shop/certificate')]
  const batch = `/secrets?variable_ids=${queryEscape(ids.join(','))}`
  assert.equal(await statusOf(get(batch)), 406)
  const answer = await get(batch, { 'Accept-Encoding': 'base64' })
  assert.equal(answer.headers['content-encoding'], 'base64')
  const values = jsonIn(answer) as Readonly<Record<string, string>>
  assert.deepEqual(Buffer.from(values[idOf('shop/certificate')] ?? '', 'base64'), binary)
  assert.match(values[idOf('shop/certificate')] ?? '', /^(?:[A-Za-z0-9+/=]{1,60}\n)+$/)
  // Other clients leave colons and slashes as they are.
  assert.equal(await statusOf(get(`/secrets?variable_ids=${ids[0]}`)), 200)
  const missing = jsonIn(await get(`/secrets?variable_ids=${queryEscape(idOf('none'))}`), 404)
  const message = `CONJ00076E Variable ${idOf('none')} is empty or not found.`
  assert.deepEqual(missing, { error: { code: 'not_found', message } })
})

test('resources and roles are listed, counted, checked and asked for by HEAD', async () => {
  const one = `/resources/${ACCOUNT}/variable/shop%2Fdb%2Fpassword`
  assert.equal((jsonIn(await get(one)) as { readonly id: string }).id, idOf('shop/db/password'))
  for (const path of [one, `/roles/${ACCOUNT}/host/shop%2Fweb`]) {
    const head = await as({ method: 'HEAD', path })
    assert.deepEqual([head.status, head.text], [200, ''])
    assert.equal(await statusOf(as({ method: 'HEAD', path: `${path}x` })), 404)
  }
  const list = await get(`/resources/${ACCOUNT}?kind=variable&search=shop&limit=2&offset=0`)
  assert.equal((jsonIn(list) as readonly unknown[]).length, 2)
  assert.deepEqual(jsonIn(await get(`/resources/${ACCOUNT}?kind=variable&count=true`)), {
    count: 3,
  })
  const acting = `acting_as=${queryEscape(`${ACCOUNT}:policy:root`)}`
  assert.equal(await statusOf(get(`/resources/${ACCOUNT}?${acting}`)), 200)
  assert.equal(await statusOf(get(`${one}?check=true&privilege=read`)), 204)
  const alice = `role=${queryEscape(`${ACCOUNT}:user:alice`)}`
  assert.equal(await statusOf(get(`${one}?check=true&privilege=read&${alice}`)), 204)
  assert.equal(await statusOf(get(`${one}?check=true&privilege=execute&${alice}`)), 404)
  const ghost = `role=${queryEscape(`${ACCOUNT}:user:ghost`)}`
  assert.equal(await statusOf(get(`${one}?check=true&privilege=read&${ghost}`)), 403)
  assert.ok(Array.isArray(jsonIn(await get(`${one}?permitted_roles=true&privilege=read`))))
  for (const query of ['members', 'memberships', 'all', 'graph', 'members=', 'all=true']) {
    assert.ok(Array.isArray(jsonIn(await get(`/roles/${ACCOUNT}/group/ops?${query}`))), query)
  }
})

test('policies are loaded in three modes, tried, and fetched in two forms', async () => {
  const headers = { 'Content-Type': 'application/x-yaml' }
  const path = policyPath('shop')
  for (const method of ['POST', 'PATCH'] as const) {
    const answer = await as({ method, path, headers, body: '- !variable extra\n' })
    const { created_roles: created, version } = jsonIn(answer, 201) as {
      readonly created_roles: unknown
      readonly version: unknown
    }
    assert.deepEqual([created, typeof version], [{}, 'number'])
  }
  const trial = await as({
    method: 'PUT',
    path: `${path}?dryRun=true`,
    body: '- !variable extra\n',
  })
  assert.equal((jsonIn(trial) as { readonly status: string }).status, 'Valid YAML')
  const wrong = await as({ method: 'POST', path: `${path}?dryRun=true`, body: '- !varible x\n' })
  assert.equal((jsonIn(wrong, 422) as { readonly status: string }).status, 'Invalid YAML')
  const fetched = await get(`${path}?depth=64&limit=100000`, headers)
  assert.deepEqual([fetched.status, fetched.headers['content-type']], [200, 'application/x-yaml'])
  assert.match(fetched.text, /^---\n/)
  const json = await get(path, { 'Content-Type': 'application/json' })
  assert.ok(Array.isArray(jsonIn(json)))
})

test('a host factory makes hosts, by a form and by its plain token', async () => {
  const order = new URLSearchParams({
    host_factory: `${ACCOUNT}:host_factory:mill`,
    expiration: '2050-12-31T00:00:00+00:00',
    count: '1',
    'cidr[]': '0.0.0.0/0',
  })
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const made = await as({
    method: 'POST',
    path: '/host_factory_tokens',
    headers,
    body: order.toString(),
  })
  const [{ token: ticket, expiration } = { token: '', expiration: '' }] = jsonIn(made) as readonly {
    readonly token: string
    readonly expiration: string
  }[]
  assert.equal(expiration, '2050-12-31T00:00:00Z')
  const host = await bare({
    method: 'POST',
    path: '/host_factories/hosts',
    headers: { ...headers, Authorization: `Token token="${ticket}"` },
    body: 'id=made%2Fhost&annotations%5Bdescription%5D=made',
  })
  const { id, api_key: key } = jsonIn(host, 201) as {
    readonly id: string
    readonly api_key: string
  }
  assert.equal(id, `${ACCOUNT}:host:made/host`)
  await client.tokenOf('host/made/host', key)
  const revoked = await as({ method: 'DELETE', path: `/host_factory_tokens/${ticket}` })
  assert.deepEqual([revoked.status, revoked.text], [204, ''])
})

test('keys and passwords are changed by HTTP Basic, keys of others with a token', async () => {
  const own = { method: 'PUT', path: `/authn/${ACCOUNT}/api_key` }
  const mine = await bare({
    ...own,
    headers: { ...GO, ...basic('alice', keyFor('user:alice')) },
  })
  assert.equal(mine.status, 200)
  await client.tokenOf('alice', mine.text)
  for (const role of [`${ACCOUNT}:user:bob`, 'user:bob']) {
    const answer = await as({ ...own, path: `${own.path}?role=${queryEscape(role)}` })
    assert.equal(answer.status, 200)
    await client.tokenOf('bob', answer.text)
  }
  const password = 'Correct-Horse-4-Staples'
  const changed = await bare({
    method: 'PUT',
    path: `/authn/${ACCOUNT}/password`,
    headers: { ...GO, ...basic('alice', mine.text), 'Content-Type': 'text/plain' },
    body: password,
  })
  assert.deepEqual([changed.status, changed.text], [204, ''])
  const login = {
    method: 'GET',
    path: `/authn/${ACCOUNT}/login`,
    headers: basic('alice', password),
  }
  await client.tokenOf('alice', (await bare(login)).text)
})

test('what is open is open, and what no client asks for is refused without a crash', async () => {
  const keys = await bare({ method: 'GET', path: `/public_keys/${ACCOUNT}/user/alice` })
  assert.deepEqual([keys.status, keys.text], [200, '\n'])
  assert.equal(keys.headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(await statusOf(bare({ method: 'GET', path: '/authenticators' })), 200)
  for (const method of ['OPTIONS', 'TRACE', 'PROPFIND', 'PUT']) {
    const path = `/secrets/${ACCOUNT}/variable/shop/db/password`
    assert.equal(await statusOf(bare({ method, path })), 401, method)
    assert.equal(await statusOf(as({ method, path })), 404, method)
  }
})

test('branches and authenticators are spoken of in the second version of the API', async () => {
  const V2 = { Accept: 'application/x.secretsmgr.v2beta+json' }
  const json = { ...V2, 'Content-Type': 'application/json' }
  const branches = `/branches/${ACCOUNT}`
  const body = JSON.stringify({ name: 'team', branch: '/' })
  const made = await as({ method: 'POST', path: branches, headers: json, body })
  assert.equal(made.headers['content-type'], V2.Accept)
  assert.deepEqual(jsonIn(made, 201), {
    name: 'team',
    branch: '/',
    owner: { kind: 'user', id: 'admin' },
    annotations: {},
  })
  assert.equal((jsonIn(await get(branches, V2)) as { readonly count: number }).count > 0, true)
  assert.deepEqual(jsonIn(await get(branches), 400), {
    code: '400',
    message:
      'CONJ00194W The api belongs to v2 APIs but it missing the version "application/x.secretsmgr.v2beta+json" in the Accept header',
  })
  const listed = jsonIn(await get(`/authenticators/${ACCOUNT}`, V2))
  assert.deepEqual(listed, { authenticators: [], count: 0 })
  const unauthorized = await bare({ method: 'GET', path: branches, headers: V2 })
  assert.deepEqual([unauthorized.status, unauthorized.text], [401, ''])
})
