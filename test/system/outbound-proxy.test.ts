import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { createOutbound, type OutboundOptions } from '#authn/outbound.ts'
import { createTlsIdentity } from '#crypto/tls-identity.ts'

const identity = await createTlsIdentity({
  hostnames: ['issuer.example'],
  addresses: [],
  now: new Date(),
  days: 1,
})
const caPem = identity.certPem
const keys = { purpose: 'signing-keys' } as const

/** What the proxy was asked: the method and the target, and the credentials. */
const asked: (readonly [line: string, authorization: string | undefined])[] = []

/** How the proxy answers a CONNECT. */
let connectStatus = '200 OK'

const note = ({ method, url, headers }: IncomingMessage): void => {
  asked.push([`${method} ${url}`, headers['proxy-authorization']])
}

const issuer = createTlsServer(
  { cert: identity.certPem, key: identity.keyPem },
  ({ headers }, response) => {
    // What is meant for the proxy ends there.
    const seen = headers['proxy-authorization'] ?? null
    response.end(JSON.stringify({ keys: [], seen, host: headers.host }))
  },
)
const proxy = createServer((request, response) => {
  note(request)
  response.end('{"keys":["plain"]}')
})
const open = new Set<Socket>()
proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
  note(request)
  open.add(socket)
  if (connectStatus === '') return
  socket.write(`HTTP/1.1 ${connectStatus}\r\n\r\n`)
  if (!connectStatus.startsWith('200')) {
    socket.end()
    return
  }
  const target = connect(portOf(issuer), '127.0.0.1')
  socket.pipe(target).pipe(socket)
  socket.on('error', () => target.destroy())
})

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

before(async () => {
  for (const server of [issuer, proxy]) {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
  }
})

beforeEach(() => {
  asked.length = 0
  connectStatus = '200 OK'
})

after(() => {
  for (const socket of open) socket.destroy()
  for (const server of [issuer, proxy]) {
    server.closeAllConnections()
    server.close()
  }
})

const throughProxy = (
  credentials = '',
  options: Partial<OutboundOptions> = {},
): ReturnType<typeof createOutbound> =>
  createOutbound({
    allow: [],
    proxy: { url: new URL(`http://${credentials}127.0.0.1:${portOf(proxy)}`), except: [] },
    resolve: async (hostname) => Promise.reject(new Error(`${hostname} was looked up`)),
    ...options,
  })

test('a proxy looks a name up and leads to it; what is said to the host stays between the two', async () => {
  const body = await throughProxy('user:p%40ss@').get('https://issuer.example/keys', {
    ...keys,
    caPem,
  })
  assert.deepEqual(JSON.parse(Buffer.from(body).toString()), {
    keys: [],
    seen: null,
    host: 'issuer.example',
  })
  const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
  assert.deepEqual(asked, [['CONNECT issuer.example:443', authorization]])
})

test('the host behind a proxy must prove its name like any other', async () => {
  const outbound = throughProxy()
  for (const [url, options] of [
    ['https://issuer.example/keys', keys],
    ['https://other.example/keys', { ...keys, caPem }],
    ['https://192.0.2.1/keys', { ...keys, caPem }],
  ] as const) {
    await assert.rejects(outbound.get(url, options), { code: 'unreachable' }, url)
  }
})

test('further authorities vouch for hosts that have none of their own', async () => {
  const outbound = throughProxy('', { trust: createSecureContext({ ca: caPem }) })
  assert.ok(await outbound.get('https://issuer.example/keys', keys))
  const other = await createTlsIdentity({
    hostnames: ['issuer.example'],
    addresses: [],
    now: new Date(),
    days: 1,
  })
  await assert.rejects(
    outbound.get('https://issuer.example/keys', { ...keys, caPem: other.certPem }),
    { code: 'unreachable' },
  )
})

test('plain HTTP is asked of the proxy by the whole address', async () => {
  const body = await throughProxy('u:p@').get('http://issuer.example:8080/keys?x=1', keys)
  assert.equal(Buffer.from(body).toString(), '{"keys":["plain"]}')
  assert.equal(asked[0]?.[0], 'GET http://issuer.example:8080/keys?x=1')
  assert.match(asked[0]?.[1] ?? '', /^Basic /)
})

test(
  'a proxy that refuses is told with its status, one that hangs is given up',
  { timeout: 5000 },
  async () => {
    connectStatus = '407 Proxy Authentication Required'
    await assert.rejects(
      throughProxy('u:CANARY@').get('https://issuer.example/keys', keys),
      (error) => {
        assert.ok(error instanceof Error)
        assert.match(error.message, /`issuer\.example:443`: it answered with status 407/)
        assert.doesNotMatch(error.message, /CANARY/)
        return true
      },
    )
    connectStatus = ''
    await assert.rejects(
      throughProxy('', { timeoutMs: 200 }).get('https://issuer.example/keys', keys),
      { code: 'unreachable', message: '`https://issuer.example` cannot be reached' },
    )
  },
)
