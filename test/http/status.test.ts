import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { ACCOUNT, openNode, VERSION } from './harness.ts'

test('GET / tells who asks for JSON the version of the API', async () => {
  await using node = await openNode()
  const reply = await node.anyone.get('/', { Accept: 'application/json' })
  assert.equal(reply.status, 200)
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  assert.deepEqual(reply.json, { version: '1.24.0-0', strongroom: VERSION })
})

test('GET / shows a page in which existing clients find the version', async () => {
  await using node = await openNode()
  const reply = await node.anyone.get('/')
  assert.equal(reply.status, 200)
  assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8')
  assert.equal(
    reply.headers['content-security-policy'],
    "default-src 'none'; frame-ancestors 'none'",
  )
  assert.equal(/<dd>\s*Version\s*([^\s<]+)\s*<\/dd>/.exec(reply.text)?.[1], '1.24.0-0')
  assert.match(reply.text, /<dd>API Version 5\.3\.1<\/dd>/)
  assert.match(reply.text, /<dd>FIPS mode (?:enabled|disabled)<\/dd>/)
  assert.ok(reply.text.includes(`<dd>${VERSION}</dd>`))
})

test('the server says that it lives, and that it is ready when the store answers', async () => {
  let isThere = true
  await using node = await openNode({
    between: () => ({
      async ping() {
        if (!isThere) throw new Failure('unavailable', 'the database does not answer')
      },
    }),
  })
  const alive = await node.anyone.get('/healthz')
  const ready = await node.anyone.get('/readyz')
  assert.deepEqual(
    [alive.status, alive.text, ready.status, ready.text],
    [200, 'alive\n', 200, 'ready\n'],
  )

  isThere = false
  const unready = await node.anyone.get('/readyz')
  assert.equal(unready.status, 503)
  assert.equal(unready.headers['retry-after'], '1')
  assert.deepEqual(unready.json, {
    error: { code: 'unavailable', message: 'the database does not answer' },
  })
  assert.equal((await node.anyone.get('/healthz')).status, 200)
})

test('GET /whoami says who asks, and is recorded', async () => {
  await using node = await openNode()
  await node.load('- !host web')
  const host = await node.as('host/web')
  const reply = await host.get('/whoami', {
    'User-Agent': 'tests',
    'X-Forwarded-For': '192.0.2.7',
    'X-Request-Id': 'request-1',
  })
  assert.equal(reply.status, 200)
  assert.deepEqual(reply.json, {
    client_ip: '192.0.2.7',
    user_agent: 'tests',
    account: ACCOUNT,
    username: 'host/web',
    token_issued_at: '2025-06-15T15:06:40.000+00:00',
  })
  const { at, ...event } = (await node.trail()).at(-1) ?? assert.fail('nothing is recorded')
  assert.equal(at, '2025-06-15T15:06:40.000Z')
  assert.deepEqual(event, {
    request: 'request-1',
    account: ACCOUNT,
    kind: 'identity-check',
    operation: 'check',
    result: 'success',
    user: 'acme:host:web',
    clientIp: '192.0.2.7',
    subject: { role: 'acme:host:web' },
  })
})

test('HEAD is answered like GET, without the body', async () => {
  await using node = await openNode()
  const head = await node.admin.send({ method: 'HEAD', path: '/whoami' })
  assert.deepEqual([head.status, head.text], [200, ''])
  assert.notEqual(head.headers['content-length'], '0')
})

test('every answer has its length, forbids guessing its type, and bears the id of the request', async () => {
  await using node = await openNode()
  const given = await node.anyone.get('/healthz', { 'X-Request-Id': 'a.b:c-1' })
  assert.equal(given.headers['x-request-id'], 'a.b:c-1')
  assert.equal(given.headers['content-length'], '6')
  assert.equal(given.headers['x-content-type-options'], 'nosniff')
  for (const id of ['', 'a b', 'x'.repeat(65), '"quoted"']) {
    const own = await node.anyone.get('/healthz', { 'X-Request-Id': id })
    assert.match(String(own.headers['x-request-id']), /^[0-9a-f-]{36}$/)
  }
})
