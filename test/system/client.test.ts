import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Client, ClientOptions, Exchange } from '#client/client.ts'
import { createClient } from '#client/client.ts'
import type { StandIn } from './stand-in-server.ts'
import { portOf, startStandIn } from './stand-in-server.ts'

const open = (server: StandIn, options: Partial<ClientOptions> = {}): Client =>
  createClient({
    url: server.url,
    account: 'acme',
    caPem: server.certPem,
    credentials: { kind: 'apiKey', login: 'admin', key: 'admin-key' },
    ...options,
  })

const pathsOf = (server: StandIn): readonly string[] =>
  server.seen.map(({ method, path }) => `${method} ${path}`)

test('one token serves all requests, over one connection', async () => {
  await using server = await startStandIn()
  const client = open(server)
  await client.setSecret('db/password', Buffer.from('x'))
  assert.equal((await client.secret('db/password')).toString(), 'x')
  await client.whoami()
  assert.deepEqual(pathsOf(server), [
    'POST /authn/acme/admin/authenticate',
    'POST /secrets/acme/variable/db%2Fpassword',
    'GET /secrets/acme/variable/db%2Fpassword',
    'GET /whoami',
  ])
  assert.equal(server.connections, 1)
  client.close()
})

test('a refused token is replaced once, and the request repeated once', async () => {
  await using server = await startStandIn()
  const client = open(server)
  await client.whoami()
  server.revoke()
  await client.whoami()
  server.answer = ({ path }) => (path === '/whoami' ? [401] : undefined)
  server.seen.length = 0
  await assert.rejects(client.whoami(), { code: 'unauthorized' })
  assert.deepEqual(pathsOf(server), [
    'GET /whoami',
    'POST /authn/acme/admin/authenticate',
    'GET /whoami',
  ])
  client.close()
})

test('a batch arrives byte for byte, in one request, by the ids that were given', async () => {
  await using server = await startStandIn()
  const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  server.secrets.set('acme:variable:a', binary).set('acme:variable:b/c d', Buffer.from('text\n'))
  const client = open(server)
  const values = await client.secrets(['a', 'variable:b/c d', 'acme:variable:a'])
  assert.deepEqual([...values.keys()], ['a', 'variable:b/c d', 'acme:variable:a'])
  assert.deepEqual(values.get('a'), binary)
  assert.deepEqual(values.get('variable:b/c d'), Buffer.from('text\n'))
  assert.equal(server.seen.length, 2)
  assert.equal(server.seen[1]?.headers['accept-encoding'], 'base64')
  client.close()
})

test('500 variables take few requests, and an id with a comma is asked for by itself', async () => {
  await using server = await startStandIn()
  const ids = Array.from({ length: 500 }, (_, index) => `shop/service-${index}/password`)
  for (const id of [...ids, 'a,b']) server.secrets.set(`acme:variable:${id}`, Buffer.from(id))
  const client = open(server)
  const values = await client.secrets([...ids, 'a,b'])
  for (const [id, value] of values) assert.equal(value.toString(), id)
  assert.equal(values.size, 501)
  assert.ok(server.seen.length < 8, `${server.seen.length} requests`)
  client.close()
})

test('a batch that is not base64 is refused rather than damaged', async () => {
  await using server = await startStandIn()
  const client = open(server)
  server.answer = ({ path }) =>
    path === '/secrets' ? [200, { 'acme:variable:a': 'x' }] : undefined
  await assert.rejects(client.secrets(['a']), { code: 'corrupt' })
  const encoded = { 'Content-Encoding': 'base64' }
  server.answer = ({ path }) =>
    path === '/secrets' ? [200, { 'acme:variable:a': 'c4n4ry!' }, encoded] : undefined
  await assert.rejects(
    client.secrets(['a']),
    (error: Error) =>
      /did not arrive as base64/.test(error.message) && !/c4n4ry/.test(error.message),
  )
  server.answer = ({ path }) => (path === '/secrets' ? [200, {}, encoded] : undefined)
  await assert.rejects(client.secrets(['a']), { code: 'corrupt', message: /no|not answer/ })
  client.close()
})

test('a JWT, a token and a file with a token log in', async () => {
  await using server = await startStandIn()
  const proof = { token: 'a.b.c' }
  const byJwt = open(server, { credentials: { kind: 'jwt', service: 'dev', proof } })
  await byJwt.whoami()
  const asHost = open(server, {
    credentials: { kind: 'jwt', service: 'dev', proof, hostId: 'host/app' },
  })
  await asHost.whoami()
  assert.deepEqual(pathsOf(server), [
    'POST /authn-jwt/dev/acme/authenticate',
    'GET /whoami',
    'POST /authn-jwt/dev/acme/host%2Fapp/authenticate',
    'GET /whoami',
  ])
  const token = (await byJwt.authenticate()).replace(/^Token token="(.*)"$/, '$1')
  const byToken = open(server, { credentials: { kind: 'token', token } })
  await byToken.whoami()
  const path = join(server.folder, 'token')
  await writeFile(path, Buffer.from(token, 'base64'))
  const byFile = open(server, { credentials: { kind: 'tokenFile', path } })
  await byFile.whoami()
  server.revoke()
  await assert.rejects(byToken.whoami(), { code: 'unauthorized' })
  for (const client of [byJwt, asHost, byToken, byFile]) client.close()
})

test('a host and a user with a slash or an at sign are one segment of the path', async () => {
  await using server = await startStandIn()
  const client = open(server, {
    credentials: { kind: 'apiKey', login: 'host/app', key: 'host-key' },
  })
  await client.whoami()
  assert.equal(server.seen[0]?.path, '/authn/acme/host%2Fapp/authenticate')
  client.close()
})

test('the caller without credentials asks nothing', async () => {
  await using server = await startStandIn()
  const client = open(server, { credentials: { kind: 'anonymous' } })
  await assert.rejects(client.whoami(), { code: 'unauthorized', hint: /strongroom login/ })
  assert.equal(server.seen.length, 0)
})

test('what is observed has neither a query nor a value', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from('c4n4ry'))
  const observed: Exchange[] = []
  const client = open(server, { observe: (exchange) => observed.push(exchange) })
  await client.secrets(['a'])
  assert.deepEqual(observed, [
    { method: 'POST', path: '/authn/acme/admin/authenticate', status: 200 },
    { method: 'GET', path: '/secrets', status: 200 },
  ])
  client.close()
})

test('a permission is checked without releasing anything, and a refusal is no', async () => {
  await using server = await startStandIn()
  const client = open(server)
  for (const [status, allowed] of [
    [204, true],
    [404, false],
    [403, false],
  ] as const) {
    server.answer = ({ query }) => (query.has('check') ? [status] : undefined)
    assert.equal(await client.check('variable:a/b', 'execute', 'user:bob'), allowed)
  }
  const { path, query } = server.seen.at(-1) ?? assert.fail()
  assert.equal(path, '/resources/acme/variable/a%2Fb')
  assert.equal(query.toString(), 'check=true&privilege=execute&role=acme%3Auser%3Abob')
  client.close()
})

test('an API key is replaced by who knows it, or in the name of a role', async () => {
  await using server = await startStandIn()
  server.answer = ({ method }) => (method === 'PUT' ? [200, 'new-key'] : undefined)
  const client = open(server)
  assert.equal(await client.rotateApiKey(), 'new-key')
  const basic = `Basic ${Buffer.from('admin:admin-key').toString('base64')}`
  assert.equal(server.seen[0]?.headers.authorization, basic)
  assert.equal(await client.rotateApiKey('host:app'), 'new-key')
  assert.equal(server.seen.at(-1)?.query.get('role'), 'acme:host:app')
  const byToken = open(server, { credentials: { kind: 'token', token: 'x' } })
  await assert.rejects(byToken.rotateApiKey(), { code: 'credential_weak' })
  client.close()
})

test('a read on a kept connection that the server just closed is repeated, a write is not', async () => {
  await using server = await startStandIn()
  const client = open(server)
  let drops = 1
  server.answer = ({ path }) => {
    if (path.startsWith('/authn') || drops === 0) return undefined
    drops -= 1
    return 'drop'
  }
  await client.whoami()
  assert.equal(server.connections, 2)
  drops = 1
  await assert.rejects(client.setSecret('a', Buffer.from('x')), { code: 'unreachable' })
  assert.equal(server.secrets.size, 0)
  client.close()
})

test('a server that is not there is unreachable, by name and cause', async () => {
  const server = await startStandIn()
  const { url } = server
  const client = open(server)
  await server[Symbol.asyncDispose]()
  await assert.rejects(client.whoami(), {
    code: 'unreachable',
    message: `cannot reach ${url.replace('https://', '')}: connection refused`,
  })
})

test('a server that answers nothing is unreachable after the time that was allowed', async () => {
  await using server = await startStandIn()
  const held = Promise.withResolvers<undefined>()
  server.answer = () => held.promise
  const client = open(server, { timeoutMs: 100 })
  await assert.rejects(client.whoami(), { code: 'unreachable', message: /within 0\.1 seconds/ })
  const stop = new AbortController()
  const cancelled = open(server, { signal: stop.signal }).whoami()
  stop.abort()
  await assert.rejects(cancelled, { code: 'unavailable', message: 'the request was cancelled' })
  held.resolve(undefined)
  client.close()
})

test('a server that cannot prove who it is gets no request', async () => {
  await using server = await startStandIn()
  await using other = await startStandIn()
  await using misnamed = await startStandIn(['elsewhere.test'])
  await using plain = await startPlainServer()
  for (const options of [
    { url: server.url, caPem: other.certPem },
    { url: misnamed.url, caPem: misnamed.certPem },
    { url: plain.url, caPem: server.certPem },
  ]) {
    const client = open(server, options)
    await assert.rejects(client.whoami(), { code: 'untrusted', hint: /strongroom init/ })
  }
  const { caPem: _, ...unpinned } = { caPem: '', url: server.url, account: 'acme' }
  const client = createClient({
    ...unpinned,
    credentials: { kind: 'apiKey', login: 'admin', key: 'k' },
  })
  await assert.rejects(client.whoami(), { code: 'untrusted' })
  assert.equal(server.seen.length + misnamed.seen.length, 0)
})

async function startPlainServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `https://localhost:${portOf(server)}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
