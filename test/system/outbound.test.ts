import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { after, before, test } from 'node:test'
import type { OutboundAnswer } from '#app/outbound.ts'
import { parseHostRule } from '#authn/host-rules.ts'
import { createOutbound, type OutboundOptions } from '#authn/outbound.ts'
import { createTlsIdentity } from '#crypto/tls-identity.ts'

const identity = await createTlsIdentity({
  hostnames: ['localhost', 'kube.example'],
  addresses: ['127.0.0.1'],
  now: new Date(),
  days: 1,
})
const stranger = await createTlsIdentity({
  hostnames: ['localhost'],
  addresses: [],
  now: new Date(),
  days: 1,
})
const caPem = identity.certPem

const keys = { purpose: 'signing-keys' } as const

/** The paths that were asked for. */
const asked: string[] = []

const answers: Readonly<Record<string, RequestListener>> = {
  '/keys': (_, response) => response.end('{"keys":[]}'),
  '/empty': (_, response) => response.end(),
  '/missing': (_, response) => response.writeHead(404).end('{"keys":[]}'),
  '/partial': (_, response) => response.writeHead(206).end('{"keys":[]}'),
  '/redirect': (_, response) => response.writeHead(302, { location: '/keys' }).end(),
  '/exact': (_, response) => response.end(Buffer.alloc(1000)),
  '/oversize': (_, response) => response.end(Buffer.alloc(1001)),
  '/endless': (_, response) => {
    const pump = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    }
    response.on('drain', pump)
    pump()
  },
  '/echo': (request, response) => {
    const { method, headers } = request
    response.writeHead(headers['authorization'] === undefined ? 403 : 200)
    response.write(`${method} `)
    request.pipe(response)
  },
  '/silent': () => {},
  '/drip': (_, response) => {
    const drip = setInterval(() => response.write('x'), 10)
    response.on('close', () => {
      clearInterval(drip)
    })
  },
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('x')
    setImmediate(() => response.destroy())
  },
  '/hang-up': ({ socket }) => {
    socket.destroy()
  },
}

const answer: RequestListener = (request, response) => {
  asked.push(request.url ?? '')
  answers[request.url ?? '']?.(request, response)
}

const plain = createServer(answer)
const secure = createTlsServer({ cert: identity.certPem, key: identity.keyPem }, answer)

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })

let plainPort = 0
let securePort = 0

before(async () => {
  plainPort = await listening(plain)
  securePort = await listening(secure)
})

after(() => {
  for (const server of [plain, secure]) {
    server.closeAllConnections()
    server.close()
  }
})

/** What is at `path` of the plain server. */
function get(path: string, options: Partial<OutboundOptions> = {}): Promise<Uint8Array> {
  const outbound = createOutbound({
    allow: [`127.0.0.1:${plainPort}`].map(parseHostRule),
    ...options,
  })
  return outbound.get(`http://127.0.0.1:${plainPort}${path}`, keys)
}

const unreachable = { code: 'unreachable' }

test('the body of an answer comes back', async () => {
  assert.equal(Buffer.from(await get('/keys')).toString(), '{"keys":[]}')
  assert.equal((await get('/empty')).length, 0)
})

test('`ssrf`: a loopback server is not called unless its host and port are listed', async () => {
  const earlier = asked.length
  await assert.rejects(get('/keys', { allow: [] }), { code: 'forbidden' })
  await assert.rejects(get('/keys', { allow: [`127.0.0.1:${securePort}`].map(parseHostRule) }), {
    code: 'forbidden',
  })
  assert.equal(asked.length, earlier)
})

test('`ssrf`: a redirect is not followed', async () => {
  const earlier = asked.length
  await assert.rejects(get('/redirect'), { ...unreachable, message: /answered with status 302/ })
  assert.deepEqual(asked.slice(earlier), ['/redirect'])
})

test('an answer other than 200 is no answer', async () => {
  await assert.rejects(get('/missing'), { ...unreachable, message: /status 404/ })
  await assert.rejects(get('/partial'), { ...unreachable, message: /status 206/ })
})

test('a body up to the limit is taken, one byte more and one without end are not', async () => {
  assert.equal((await get('/exact', { maxBytes: 1000 })).length, 1000)
  for (const path of ['/oversize', '/endless']) {
    await assert.rejects(get(path, { maxBytes: 1000 }), {
      ...unreachable,
      message: /more than 1000 bytes/,
    })
  }
})

test(
  'a server that is silent or drips is given up when the time is over',
  { timeout: 5000 },
  async () => {
    for (const path of ['/silent', '/drip']) {
      await assert.rejects(get(path, { timeoutMs: 200 }), {
        ...unreachable,
        message: /cannot be reached/,
      })
    }
  },
)

test('a connection that breaks off brings no part of a body', async () => {
  for (const path of ['/cut', '/hang-up']) await assert.rejects(get(path), unreachable)
})

test('nothing listens: unreachable', async () => {
  const outbound = createOutbound({ allow: ['127.0.0.1:1'].map(parseHostRule) })
  await assert.rejects(outbound.get('http://127.0.0.1:1/', keys), unreachable)
})

test('`ssrf`: DNS rebinding changes nothing: a name is looked up once, and that address is called', async () => {
  const lookups = ['127.0.0.1', '192.0.2.1']
  const outbound = createOutbound({
    allow: [`kube.example:${plainPort}`].map(parseHostRule),
    resolve: async () => [{ address: lookups.shift() ?? '', family: 4 }],
  })
  const body = await outbound.get(`http://kube.example:${plainPort}/keys`, keys)
  assert.equal(Buffer.from(body).toString(), '{"keys":[]}')
  assert.deepEqual(lookups, ['192.0.2.1'])
})

test('`ssrf`: a name that turns to loopback for a later call is refused then', async () => {
  const earlier = asked.length
  const lookups = ['192.0.2.1', '127.0.0.1']
  const outbound = createOutbound({
    allow: [],
    timeoutMs: 100,
    resolve: async () => [{ address: lookups.shift() ?? '', family: 4 }],
  })
  const url = `http://kube.example:${plainPort}/keys`
  await assert.rejects(outbound.get(url, keys), unreachable)
  await assert.rejects(outbound.get(url, keys), { code: 'forbidden' })
  assert.equal(asked.length, earlier)
})

test('a server is trusted by the given authority, under its own name alone', async () => {
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const outbound = createOutbound({
    allow: [
      `localhost:${securePort}`,
      `kube.example:${securePort}`,
      `other.example:${securePort}`,
    ].map(parseHostRule),
    resolve,
  })
  for (const host of ['localhost', 'kube.example']) {
    const body = await outbound.get(`https://${host}:${securePort}/keys`, { ...keys, caPem })
    assert.equal(Buffer.from(body).toString(), '{"keys":[]}')
  }
  const earlier = asked.length
  await assert.rejects(
    outbound.get(`https://other.example:${securePort}/keys`, { ...keys, caPem }),
    unreachable,
  )
  assert.equal(asked.length, earlier)
})

test('a wrong certificate is refused: unknown, of another authority, and after it was once trusted', async () => {
  const outbound = createOutbound({ allow: [`127.0.0.1:${securePort}`].map(parseHostRule) })
  const url = `https://127.0.0.1:${securePort}/keys`
  const earlier = asked.length
  for (const options of [{}, { caPem: stranger.certPem }, { caPem: 'not a certificate' }]) {
    await assert.rejects(outbound.get(url, { ...keys, ...options }), unreachable)
  }
  assert.equal(asked.length, earlier)
  assert.ok(await outbound.get(url, { ...keys, caPem }))
  await assert.rejects(outbound.get(url, { ...keys, caPem: stranger.certPem }), unreachable)
  assert.equal(asked.length, earlier + 1)
})

test('HTTP spoken to an HTTPS port, and the reverse, is unreachable', async () => {
  const outbound = createOutbound({
    allow: [`127.0.0.1:${securePort}`, `127.0.0.1:${plainPort}`].map(parseHostRule),
  })
  await assert.rejects(outbound.get(`http://127.0.0.1:${securePort}/keys`, keys), unreachable)
  await assert.rejects(
    outbound.get(`https://127.0.0.1:${plainPort}/keys`, { ...keys, caPem }),
    unreachable,
  )
})

/** What the secure server answers to a body. */
const send = (path: string, options: Partial<OutboundOptions> = {}): Promise<OutboundAnswer> =>
  createOutbound({ allow: [`localhost:${securePort}`].map(parseHostRule), ...options }).send(
    `https://localhost:${securePort}${path}`,
    {
      purpose: 'issuers',
      headers: { authorization: 'proof' },
      body: Buffer.from('Action=AssumeRole'),
      caPem,
    },
  )

test('a body is sent by POST, and the answer comes back whatever its status', async () => {
  const { status, body } = await send('/echo')
  assert.deepEqual([status, Buffer.from(body).toString()], [200, 'POST Action=AssumeRole'])
  assert.equal((await send('/missing')).status, 404)
})

test('`ssrf`: a redirect of what is sent is an answer like others, and is not followed', async () => {
  const earlier = asked.length
  assert.equal((await send('/redirect')).status, 302)
  assert.deepEqual(asked.slice(earlier), ['/redirect'])
})

test('what is sent has the limits of what is fetched', async () => {
  await assert.rejects(send('/echo', { allow: [] }), { code: 'forbidden' })
  await assert.rejects(send('/endless', { maxBytes: 1000 }), unreachable)
  await assert.rejects(send('/silent', { timeoutMs: 200 }), unreachable)
  await assert.rejects(send('/hang-up'), unreachable)
})
