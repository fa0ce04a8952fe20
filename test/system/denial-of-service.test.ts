import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { readAdminKey } from '../../scripts/server-process.ts'
import type { ServerProcess } from '../../scripts/server-process.ts'
import { eventually } from './processes.ts'
import { serverHome } from './server-home.ts'
import type { ServerHome } from './server-home.ts'
import { openWire } from './wire.ts'
import type { Wire, WireAnswer, WireCall } from './wire.ts'

const MB = 1024 * 1024

/** What the server may have grown by in the end: the reading of a policy of a million names takes the most of it. */
const GROWTH = 1536 * MB

let home: ServerHome
let server: ServerProcess
let wire: Wire
let token: string
let idle: number

before(async () => {
  home = await serverHome()
  server = await home.start()
  wire = openWire(server)
  const key = await readAdminKey(server.dataDir)
  const path = '/authn/default/admin/authenticate'
  const answer = await wire.send({ method: 'POST', path, body: key })
  token = `Token token="${answer.body.toString('base64')}"`
  assert.equal((await policy('- !variable db')).status, 201)
  idle = memoryOf(server)
})
after(async () => {
  wire[Symbol.dispose]()
  await home[Symbol.asyncDispose]()
})

/** The memory that a server holds, and the most that it ever held, in bytes. */
const memoryOf = (process: ServerProcess, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number => {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8')
  const kilobytes = new RegExp(String.raw`^${which}:\s+(\d+) kB$`, 'm').exec(status)?.[1]
  return Number(kilobytes ?? assert.fail(`no ${which}`)) * 1024
}

const as = (call: WireCall): Promise<WireAnswer> =>
  wire.send({ ...call, headers: { Authorization: token, ...call.headers } })

const HUNG_UP = 0

/** The status of a refusal; {@link HUNG_UP} when the server closed the connection while the client was still sending. */
async function refusalOf(call: WireCall): Promise<number> {
  try {
    return (await as(call)).status
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EPIPE' || code === 'ECONNRESET') return HUNG_UP
    throw error
  }
}

const policy = (
  body: string | Uint8Array,
  headers: WireCall['headers'] = {},
): Promise<WireAnswer> =>
  as({ method: 'POST', path: '/policies/default/policy/root', body, headers })

/** That the server still serves others at once. */
async function assertServes(): Promise<void> {
  const startedAt = performance.now()
  const answer = await as({ method: 'GET', path: '/whoami' })
  assert.equal(answer.status, 200)
  const took = performance.now() - startedAt
  assert.ok(took < 5000, `an easy request took ${took.toFixed(0)} ms`)
}

const V2 = { Accept: 'application/x.secretsmgr.v2beta+json' }
const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Every route that reads JSON. */
const JSON_ROUTES: readonly WireCall[] = [
  { method: 'POST', path: '/accounts', headers: JSON_TYPE },
  { method: 'POST', path: '/host_factory_tokens', headers: JSON_TYPE },
  { method: 'POST', path: '/host_factories/hosts', headers: JSON_TYPE },
  { method: 'PATCH', path: '/authn-jwt/ci/default', headers: JSON_TYPE },
  { method: 'POST', path: '/ca/default/ci/sign', headers: JSON_TYPE },
  { method: 'POST', path: '/secrets/values', headers: JSON_TYPE },
  { method: 'POST', path: '/branches/default', headers: V2 },
  { method: 'PATCH', path: '/branches/default/db', headers: V2 },
  { method: 'POST', path: '/authenticators/default', headers: V2 },
  { method: 'PATCH', path: '/authenticators/default/jwt/ci', headers: V2 },
  { method: 'POST', path: '/groups/default/ops/members', headers: V2 },
]

const DEPTH = 100_000

/** JSON that nests without end, and JSON of a million names. */
const BOMBS: Readonly<Record<string, string>> = {
  'lists in lists': '['.repeat(DEPTH) + ']'.repeat(DEPTH),
  'lists that never end': '['.repeat(DEPTH),
  'objects in objects': `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
  'an object within the limit': `${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`,
  'a deep member': `{"id":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  'a million names': `{${Array.from({ length: 1_000_000 }, (_, index) => `"a${index}":0`).join(',')}}`,
  'names that mean something': '{"__proto__":{"id":"x"},"constructor":{"prototype":{}},"id":{}}',
}

test('`json-dos`: JSON that nests without end, or has a million names, is refused by every route that reads JSON', async () => {
  for (const [what, body] of Object.entries(BOMBS)) {
    for (const route of JSON_ROUTES) {
      const status = await refusalOf({ ...route, body })
      const isRefused = status === HUNG_UP ? body.length > MB : status >= 400 && status < 500
      assert.ok(isRefused, `${what}: ${route.method} ${route.path}: ${status}`)
    }
  }
  await assertServes()
  assert.ok(memoryOf(server, 'VmHWM') - idle < 200 * MB)
})

test('`json-dos`: policies that nest without end, or have a million names, are refused', async () => {
  const bombs = [
    '['.repeat(DEPTH),
    `${'- '.repeat(DEPTH)}x`,
    `- !policy { id: a, body: ${'[!policy { body: '.repeat(5000)}[]${'}]'.repeat(5000)} }`,
    `- !variable\n  id: x\n${Array.from({ length: 1_000_000 }, (_, index) => `  a${index}: 0\n`).join('')}`,
    `- &a [${'x,'.repeat(10)}x]\n${Array.from({ length: 30 }, (_, i) => `- &b${i} [${'*a,'.repeat(9)}*a]\n`).join('')}`,
    `- !variable ${'x'.repeat(MB)}`,
  ]
  for (const bomb of bombs) {
    const { status } = await policy(bomb)
    assert.equal(status, 422, bomb.slice(0, 40))
    await assertServes()
  }
})

test('`json-dos`: a hundred megabytes are refused by every sort of route before they are sent', async () => {
  const announced = { 'Content-Length': String(100 * MB), Connection: 'close' }
  for (const path of [
    '/authn/default/admin/authenticate',
    '/authn-jwt/ci/default/authenticate',
    '/policies/default/policy/root',
    '/secrets/default/variable/db',
    '/secrets/values',
    '/accounts',
    '/host_factories/hosts',
  ]) {
    const answer = await talk(
      head('POST', path, { Authorization: token, ...announced, ...JSON_TYPE }),
    )
    assert.match(answer, /^HTTP\/1\.1 413 /, path)
  }
  await assertServes()
})

test('`json-dos`: a body that is compressed is taken as it is, so it cannot become larger', async () => {
  const bomb = gzipSync(Buffer.alloc(512 * MB, ' '), { level: 9 })
  const headers = { 'Content-Encoding': 'gzip' }
  const held = memoryOf(server)
  assert.equal((await policy(bomb, headers)).status, 422)
  const path = '/secrets/default/variable/db'
  assert.equal((await as({ method: 'POST', path, body: bomb, headers })).status, 201)
  assert.ok((await as({ method: 'GET', path })).body.equals(bomb))
  assert.ok(memoryOf(server) - held < 100 * MB)
})

test('`json-dos`: large bodies that come at once are turned away before the memory is gone, and small requests are served', async () => {
  const path = '/secrets/default/variable/db'
  const length = { 'Content-Length': String(16 * MB) }
  // All of each body but the last byte, so that none is done before the others have come.
  const begun = Buffer.concat([
    Buffer.from(head('POST', path, { Authorization: token, ...length })),
    Buffer.alloc(16 * MB - 1, 'x'),
  ])
  const held = memoryOf(server)
  const sockets = await Promise.all(Array.from({ length: 40 }, () => open()))
  const answers = sockets.map((socket) => firstLine(socket))
  for (const socket of sockets) socket.write(begun)
  assert.match(await Promise.race(answers), /^HTTP\/1\.1 503 /)
  await assertServes()
  // What was sent is more than twice as much.
  assert.ok(memoryOf(server) - held < 500 * MB)
  for (const socket of sockets) socket.destroy()
  await Promise.all(answers)
  // Whoever went away holds nothing any more, once the server has heard of it.
  const large = Buffer.alloc(16 * MB, 'y')
  await eventually('a large body is taken again', 5000, async () =>
    (await as({ method: 'POST', path, body: large })).status === 201 ? true : undefined,
  )
})

test('`json-dos`: five hundred clients that send a byte now and then hold up nobody', async () => {
  const sockets = await Promise.all(Array.from({ length: 500 }, () => open()))
  const slow = { 'Content-Length': '1000' }
  for (const [index, socket] of sockets.entries()) {
    const whole = head('POST', '/authn/default/admin/authenticate', slow)
    socket.write(index % 2 === 0 ? whole.slice(0, 40) : whole)
  }
  const drip = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed) socket.write('x')
  }, 100)
  try {
    for (let round = 0; round < 20; round++) await assertServes()
  } finally {
    clearInterval(drip)
    for (const socket of sockets) socket.destroy()
  }
})

test('`json-dos`: HTTP/2 is neither offered nor understood, so its floods come to nothing', async () => {
  const offered = await open(['h2', 'http/1.1'])
  assert.equal(offered.alpnProtocol, 'http/1.1')
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
  assert.doesNotMatch(await talk(preface), /^HTTP\/1\.1 [23]/)
  offered.destroy()
  const upgrade = {
    Connection: 'Upgrade, HTTP2-Settings',
    Upgrade: 'h2c',
    'HTTP2-Settings': 'AAMAAABk',
  }
  assert.match(await talk(head('GET', '/healthz', upgrade), 'alive\n'), /^HTTP\/1\.1 200 /)
})

test('`json-dos`: requests that are piped without waiting for answers are answered in turn, and a flood of them is cut off', async () => {
  const pipe = async (count: number): Promise<number> => {
    const request = head('GET', '/healthz', {})
    const last = head('GET', '/healthz', { Connection: 'close' })
    const answers = await talk(request.repeat(count - 1) + last)
    return answers.split('HTTP/1.1 200 ').length - 1
  }
  assert.equal(await pipe(200), 200)
  assert.ok((await pipe(20_000)) <= 20_000)
  await assertServes()
})

test('`json-dos`: after all that the server has not grown out of bounds', () => {
  const most = memoryOf(server, 'VmHWM')
  assert.ok(most - idle < GROWTH, `it grew from ${idle / MB} to ${most / MB} MiB`)
})

/** A request without its body. */
function head(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Host: 'x', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

/** A connection that speaks TLS; the server may close it at any time. */
async function open(protocols?: string[]): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: Number(new URL(server.url).port),
    ca: server.caPem,
    ...(protocols === undefined ? {} : { ALPNProtocols: protocols }),
  })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

/** Sends a text; resolves to what came until the server closed, or until `end` came. */
async function talk(text: string, end?: string): Promise<string> {
  const socket = await open()
  let received = ''
  const done = Promise.withResolvers<undefined>()
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    if (end !== undefined && received.endsWith(end)) done.resolve(undefined)
  })
  socket.on('close', () => done.resolve(undefined))
  socket.write(text)
  await done.promise
  socket.destroy()
  return received
}

/** The first line of the answer on a connection; empty when it closes without one. */
function firstLine(socket: TLSSocket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  socket.once('data', (chunk: Buffer) =>
    resolve(chunk.toString('latin1').split('\r\n', 1).join('')),
  )
  socket.once('close', () => resolve(''))
  return promise
}
