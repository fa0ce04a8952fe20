import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Reply } from './client.ts'
import { ACCOUNT, assertError, assertSilent, mustBe, openNode, secretPath } from './harness.ts'
import type { TestNode } from './harness.ts'

async function withSecret(): Promise<TestNode & { readonly reader: Caller }> {
  const node = await openNode()
  await node.load(`
- !variable shop/db
- !variable shop/other
- !variable public
- !user reader
- !permit { role: !user reader, privileges: [read, execute], resource: !variable public }`)
  for (const id of ['shop/db', 'shop/other', 'public']) await node.set(id, `value of ${id}`)
  return Object.assign(node, { reader: await node.as('reader') })
}

test('`path`: no spelling of a path reaches another resource than it names', async () => {
  await using node = await withSecret()
  const base = `/secrets/${ACCOUNT}/variable`
  for (const path of [
    `${base}/public/../shop/db`,
    `${base}/public/%2e%2e/shop/db`,
    `${base}/public%2F..%2Fshop/db`,
    `${base}/./shop/db`,
    `${base}//shop/db`,
    `${base}/shop//db`,
    `${base}/shop%2Fdb%2F`,
    `${base}/shop\\db`,
    `${base}/shop%5Cdb`,
    `${base}/shop/db;v=1`,
    `${base}/shop/db%00`,
    `${base}/shop/%64%62%20`,
    `${base}/SHOP/DB`,
    `${base}/shop%252Fdb`,
    `${base}/shop/db.json`,
    `/secrets/${ACCOUNT}/Variable/shop/db`,
    `/secrets/${ACCOUNT.toUpperCase()}/variable/shop/db`,
    `/SECRETS/${ACCOUNT}/variable/shop/db`,
    `/public/../secrets/${ACCOUNT}/variable/shop/db`,
    `//secrets/${ACCOUNT}/variable/shop/db`,
    `/./secrets/${ACCOUNT}/variable/shop/db`,
  ]) {
    const reply = await node.admin.get(path)
    assert.ok(reply.status >= 400 && reply.status < 500, `${path} answers ${reply.status}`)
    assert.doesNotMatch(reply.text, /value of/)
    mustBe(401, await node.anyone.get(path))
  }
  for (const path of [
    `${base}/shop/db`,
    `${base}/shop%2Fdb`,
    `${base}/shop%2fdb`,
    `${base}/shop/db/`,
    `${base}/%73hop/db`,
  ]) {
    assert.equal(mustBe(200, await node.admin.get(path)).text, 'value of shop/db')
    mustBe(404, await node.reader.get(path))
  }
})

test('`path`: a path that was remembered for one caller serves another by the rights of that other', async () => {
  await using node = await withSecret()
  const path = secretPath('shop/db')
  for (let round = 0; round < 3; round++) {
    mustBe(200, await node.admin.get(path))
    mustBe(404, await node.reader.get(path))
    mustBe(401, await node.anyone.get(path))
  }
})

test('`kind-confusion`: an id is of exactly the account and kind that the path says', async () => {
  await using node = await withSecret()
  const kinds = [
    'variable',
    'user',
    'host',
    'group',
    'layer',
    'policy',
    'webservice',
    'public_key',
    'conjur',
    'host_factory',
  ]
  const ids = [
    'shop/db',
    'variable:shop/db',
    `${ACCOUNT}:variable:shop/db`,
    'admin',
    'root',
    'conjur/authn-jwt/ci/public-keys',
  ]
  for (const kind of kinds) {
    for (const id of ids) {
      const path = `/secrets/${ACCOUNT}/${kind}/${encodeURIComponent(id)}`
      const isRight = kind === 'variable' && id === 'shop/db'
      mustBe(isRight ? 200 : 404, await node.admin.get(path))
      const written = await node.reader.post(path, 'mine')
      assert.ok(written.status === 404 || written.status === 403, `${path}: ${written.status}`)
    }
  }
})

test('`kind-confusion`: a colon in an account or a kind makes no id of another one', async () => {
  await using node = await withSecret()
  for (const path of [
    `/secrets/${ACCOUNT}%3Avariable%3Ashop/db/x`,
    `/secrets/${ACCOUNT}/variable%3Ashop/db`,
    `/secrets/${ACCOUNT}%3Avariable/shop/db`,
    `/resources/${ACCOUNT}%3Avariable/shop/db`,
    `/resources/${ACCOUNT}/variable%3Ashop/db`,
    `/resources/${ACCOUNT}/variable%3Ashop/db?check&privilege=read`,
    `/secrets/${ACCOUNT}/variable%2Fshop/db`,
  ]) {
    const reply = await node.admin.get(path)
    assert.ok(reply.status === 404 || reply.status === 422, `${path}: ${reply.status}`)
    assert.doesNotMatch(reply.text, /value of/)
  }
  const load = await node.admin.post(
    `/policies/${ACCOUNT}%3Apolicy%3Aroot/policy/x`,
    '- !variable v',
  )
  assert.ok(load.status === 404 || load.status === 422)
})

test('`json-dos`: a path that is not well encoded is a bad request, never a crash', async () => {
  await using node = await openNode()
  for (const bad of ['%', '%2', '%zz', '%C3%28', '%ED%A0%80', '%FF']) {
    assertSilent(400, await node.admin.get(`/secrets/${ACCOUNT}/variable/${bad}`))
    assertSilent(400, await node.admin.post(`/authn/${ACCOUNT}/${bad}/authenticate`, 'x'))
  }
})

test('`json-dos`: a NUL, a line break or an endless id finds nothing', async () => {
  await using node = await openNode()
  for (const id of [
    'a%00b',
    '%0Aacme:variable:b',
    '%0D%0A',
    'x'.repeat(951),
    '%F0%9F%94%91'.repeat(951),
  ]) {
    const reply = await node.admin.get(`/secrets/${ACCOUNT}/variable/${id}`)
    assert.equal(reply.status, 422, id.slice(0, 40))
  }
  for (const query of ['search=a%00b', 'owner=a%00b:c', 'role=%00']) {
    const reply = await node.admin.get(`/resources/${ACCOUNT}?${query}`)
    assert.equal(reply.status, 422, query)
  }
  for (const query of ['role=user:%00', 'operation=%00', 'resource=%0A:x']) {
    const reply = await node.admin.get(`/audit/${ACCOUNT}?${query}`)
    assert.ok(reply.status === 422 || reply.text === '[]', query)
  }
})

test('`json-dos`: a Content-Type or an Accept that is none changes nothing', async () => {
  await using node = await withSecret()
  for (const value of [
    '',
    'nonsense',
    'a/b/c;;;=',
    '*/',
    'application/json; charset=\u0001'.replace('\u0001', '"'),
  ]) {
    const headers = { 'Content-Type': value, Accept: value, 'Accept-Encoding': value }
    mustBe(200, await node.admin.get(secretPath('public'), headers))
    mustBe(201, await node.admin.post(secretPath('public'), 'value', headers))
    mustBe(
      201,
      await node.admin.post(`/policies/${ACCOUNT}/policy/root`, '- !variable public', headers),
    )
    mustBe(200, await node.anyone.get('/', headers))
  }
})

test('`json-dos`: a body beyond the limit of its route is refused before it is held', async () => {
  await using node = await openNode()
  await node.load('- !variable db')
  const large = (length: number): Promise<Reply> =>
    node.admin.post(`/authn/${ACCOUNT}/admin/authenticate`, 'x'.repeat(length))
  assertSilent(401, await large(64 * 1024))
  const error = { code: 'too_large', message: 'the body is larger than 65536 bytes' }
  assertError(413, error, await large(64 * 1024 + 1))

  // What is announced need not be sent to be refused, and what is not announced is counted.
  const authorization = `Authorization: ${await node.token('admin')}`
  const announced = await node.client.raw(
    `POST ${secretPath('db')} HTTP/1.1\r\nHost: x\r\n${authorization}\r\nContent-Length: 99999999999\r\n\r\n`,
  )
  assert.match(announced, /^HTTP\/1\.1 413 .*\r\nConnection: close\r\n/s)
  const chunk = `2000\r\n${'x'.repeat(0x2000)}\r\n`
  const chunked = await node.client.raw(
    `PUT /authn/${ACCOUNT}/password HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${Buffer.from(`admin:${node.adminKey}`).toString('base64')}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(9)}`,
  )
  assert.match(chunked, /^HTTP\/1\.1 413 /)
})

test('`json-dos`: what is not HTTP, or too much of it, is refused without a crash', async () => {
  await using node = await openNode()
  assert.match(await node.client.raw('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
  assert.match(await node.client.raw('GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 400 /)
  const flood = `GET / HTTP/1.1\r\nHost: x\r\nX-Flood: ${'x'.repeat(70_000)}\r\n\r\n`
  assert.match(await node.client.raw(flood), /^HTTP\/1\.1 431 /)
  mustBe(200, await node.anyone.get('/healthz'))
})
