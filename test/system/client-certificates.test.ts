import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { text } from 'node:stream/consumers'
import { X509Certificate } from 'node:crypto'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { certificateReader } from '#http/client-certificates.ts'
import type { CertificateProxies } from '#http/client-certificates.ts'
import { listen } from '#http/server.ts'
import { make, makeAuthority } from '../authn/cert/pki.ts'
import type { Made } from '../authn/cert/pki.ts'

const identity = await createTlsIdentity({
  hostnames: ['localhost'],
  addresses: ['127.0.0.1'],
  now: new Date(),
  days: 1,
})

let proxies: CertificateProxies = { addresses: [], header: 'x-ssl-client-certificate' }

/** Answers with the subjects of what it is shown. */
function tell(request: IncomingMessage, response: ServerResponse): void {
  const shown = certificateReader(proxies)(request).map((der) => new X509Certificate(der).subject)
  response.end(JSON.stringify(shown))
}

const server = await listen(tell, {
  host: '127.0.0.1',
  port: 0,
  tls: { cert: identity.certPem, key: identity.keyPem },
})
after(() => server.stop(0))

const root = await makeAuthority()
const middle = await makeAuthority({ subject: 'CN=middle', by: root })
const client = await make({ by: middle })

/** What a client shows that has `made` and sends these as well. */
const showing = async (
  made: Made,
  above: readonly Made[] = [],
): Promise<Pick<ConnectionOptions, 'cert' | 'key'>> => ({
  cert: [made, ...above].map(({ pem }) => pem).join(''),
  key: await made.keyPem(),
})

const open = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = connect({
    host: '127.0.0.1',
    port: server.port,
    ca: identity.certPem,
    ...options,
  })
  await once(socket, 'secureConnect')
  return socket
}

const ask = async (socket: TLSSocket, header = ''): Promise<unknown> => {
  socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${header}Connection: close\r\n\r\n`)
  const [, body = ''] = (await text(socket)).split('\r\n\r\n')
  const shown: unknown = JSON.parse(body)
  return shown
}

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

test('a client without a certificate is served, over TLS 1.2 and 1.3', async () => {
  for (const maxVersion of VERSIONS) {
    assert.deepEqual(await ask(await open({ maxVersion })), [])
  }
})

test('the certificates of a client come as it sends them, its own first, whoever signed them', async () => {
  assert.deepEqual(await ask(await open(await showing(client))), ['CN=client'])
  assert.deepEqual(await ask(await open(await showing(client, [middle, root]))), [
    'CN=client',
    'CN=middle',
    'CN=root',
  ])
  assert.deepEqual(await ask(await open(await showing(root))), ['CN=root'])
  const expired = await make({ subject: 'CN=expired', from: -900, until: -800 })
  assert.deepEqual(await ask(await open(await showing(expired))), ['CN=expired'])
})

test('`cert-auth`: no session is resumed, so that every connection shows the whole chain anew', async () => {
  for (const maxVersion of VERSIONS) {
    const sessions: Buffer[] = []
    const options = { ...(await showing(client, [middle])), maxVersion }
    const first = await open(options)
    first.on('session', (session: Buffer) => sessions.push(session))
    await ask(first)
    const session = first.getSession()
    if (session !== undefined) sessions.push(session)
    for (const offered of sessions) {
      const again = await open({ ...options, session: offered })
      assert.equal(again.isSessionReused(), false)
      assert.deepEqual(await ask(again), ['CN=client', 'CN=middle'])
      const other = await open({ ...(await showing(root)), maxVersion, session: offered })
      assert.deepEqual(await ask(other), ['CN=root'])
      const none = await open({ maxVersion, session: offered })
      assert.deepEqual(await ask(none), [])
    }
    assert.ok(sessions.length > 0 || maxVersion === 'TLSv1.3')
  }
})

test('`cert-auth`: a connection cannot be renegotiated to another certificate', async () => {
  const socket = await open({ ...(await showing(client)), maxVersion: 'TLSv1.2' })
  const refusal = await new Promise<Error | null>((resolve) => {
    socket.on('error', resolve)
    socket.renegotiate({ rejectUnauthorized: false }, resolve)
  })
  assert.match(String(refusal), /no.renegotiation|handshake|ECONNRESET/i)
  socket.destroy()
})

test('`cert-auth`: a certificate in a header counts only from a proxy that is named for it, and there instead of its own', async () => {
  const header = `X-SSL-Client-Certificate: ${encodeURIComponent(root.pem)}\r\n`
  assert.deepEqual(await ask(await open(), header), [])
  assert.deepEqual(await ask(await open(await showing(client)), header), ['CN=client'])
  proxies = { ...proxies, addresses: ['127.0.0.1'] }
  try {
    assert.deepEqual(await ask(await open(await showing(client)), header), ['CN=root'])
    assert.deepEqual(await ask(await open(await showing(client))), [])
  } finally {
    proxies = { ...proxies, addresses: [] }
  }
})

test('a renewed identity of the server still asks for certificates and resumes nothing', async () => {
  server.renew({ cert: identity.certPem, key: identity.keyPem })
  const options = await showing(client, [middle])
  const first = await open({ ...options, maxVersion: 'TLSv1.2' })
  const session = first.getSession()
  assert.deepEqual(await ask(first), ['CN=client', 'CN=middle'])
  const again = await open({ ...options, maxVersion: 'TLSv1.2', ...(session && { session }) })
  assert.equal(again.isSessionReused(), false)
  assert.deepEqual(await ask(again), ['CN=client', 'CN=middle'])
})
