import assert from 'node:assert/strict'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { WebSocketServer } from 'ws'
import type { OutboundSocket, SocketRequest } from '#app/outbound.ts'
import { createOutbound } from '#authn/outbound.ts'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { portOf } from '../kubernetes/port.ts'

const names = { hostnames: ['cluster.example'], addresses: [], now: new Date(), days: 1 }
const identity = await createTlsIdentity(names)
const stranger = await createTlsIdentity(names)

/** A server that says back what it is told. */
const server = createServer({ cert: identity.certPem, key: identity.keyPem })
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))

const asked: string[] = []
const proxy = createProxy()
proxy.on('connect', (request, socket) => {
  asked.push(request.url ?? '')
  socket.write('HTTP/1.1 200 OK\r\n\r\n')
  const target = connect(portOf(server), '127.0.0.1')
  socket.pipe(target).pipe(socket)
  socket.on('error', () => target.destroy())
})

before(async () => {
  for (const listening of [server, proxy]) {
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  }
})

after(() => {
  for (const client of sockets.clients) client.terminate()
  server.close()
  proxy.close()
  proxy.closeAllConnections()
})

const request: SocketRequest = {
  purpose: 'kubernetes',
  headers: { authorization: 'Bearer token' },
  protocols: ['b', 'a'],
  timeoutMs: 5000,
  caPem: identity.certPem,
}

const resolve = async (): Promise<{ address: string; family: number }[]> => [
  { address: '127.0.0.1', family: 4 },
]

const address = (): string => `https://cluster.example:${portOf(server)}/exec`

/** What the other side says first. */
async function first(socket: OutboundSocket): Promise<string> {
  for await (const message of socket.messages) return Buffer.from(message).toString()
  return assert.fail('it said nothing')
}

test('a conversation goes to the address that was checked, in a subprotocol that both speak', async () => {
  const outbound = createOutbound({ allow: [{ host: 'cluster.example' }], resolve })
  using socket = await outbound.open(address(), request)
  assert.equal(socket.protocol, 'b')
  socket.send(Buffer.from('hello'))
  assert.equal(await first(socket), 'hello')
})

test('a conversation goes through the proxy, which hears nothing of it', async () => {
  asked.length = 0
  const url = new URL(`http://127.0.0.1:${portOf(proxy)}`)
  const outbound = createOutbound({ allow: [], resolve, proxy: { url, except: [] } })
  using socket = await outbound.open(address(), request)
  socket.send(Buffer.from('hello'))
  assert.equal(await first(socket), 'hello')
  assert.deepEqual(asked, [`cluster.example:${portOf(server)}`])
})

test('`ssrf`: nobody is spoken to who may not be called', async () => {
  const here = createOutbound({ allow: [], resolve })
  await assert.rejects(here.open(address(), request), { code: 'forbidden' })
  const others = createOutbound({ allow: [], only: [{ host: 'other.example' }], resolve })
  await assert.rejects(others.open(address(), request), { code: 'forbidden' })
  const open = createOutbound({ allow: [{ host: 'cluster.example' }], resolve })
  const plain = address().replace('https:', 'http:')
  await assert.rejects(open.open(plain, { ...request, headers: {} }), { code: 'forbidden' })
  await assert.rejects(open.open('wss://cluster.example/', request), { code: 'forbidden' })
})

test('only the authorities that were named may vouch for the other side', async () => {
  const outbound = createOutbound({ allow: [{ host: 'cluster.example' }], resolve })
  const other = { ...request, caPem: stranger.certPem }
  await assert.rejects(outbound.open(address(), other), { code: 'unreachable' })
  await assert.rejects(outbound.open(address(), { ...request, caPem: '' }), { code: 'unreachable' })
})

test('a conversation ends with its time', async () => {
  const outbound = createOutbound({ allow: [{ host: 'cluster.example' }], resolve })
  using socket = await outbound.open(address(), { ...request, timeoutMs: 300 })
  await assert.rejects(first(socket), { code: 'unavailable' })
})
