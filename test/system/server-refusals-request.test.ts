import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls'
import { readAdminKey, type ServerProcess } from '../../scripts/server-process.ts'
import { isAccessToken, isTokenClaims } from '#api/wire.ts'
import { signToken } from '#crypto/access-token.ts'
import { generateSigningKey } from '#crypto/signing-key.ts'
import { eventually } from './processes.ts'
import { authorizationOf, mustBe, mustBeLoaded, openRest, type Rest, variablePath } from './rest.ts'
import { type ServerHome, serverHome } from './server-home.ts'

const CANARY = 'canary-91be04'
const MB = 1024 * 1024
/** The bounds of a connection's handshake and of a request's head, with what the checks between them add. */
const BOUND_MS = 25_000

let home: ServerHome
let server: ServerProcess
let admin: Rest
let appKey: string

before(async () => {
  home = await serverHome()
  server = await home.start({ flags: ['--host-token-ttl', '1', '--log-level', 'debug'] })
  admin = await home.admin(server)
  const loaded = mustBeLoaded(await admin.load('- !variable secret\n- !host app\n'))
  appKey = loaded.created_roles['default:host:app']?.api_key ?? ''
  mustBe(201, await admin.write('secret', CANARY))
})
after(() => home[Symbol.asyncDispose]())

/** A client that has not logged in. */
async function asNobody(use: (rest: Rest) => Promise<void>): Promise<void> {
  const rest = openRest(server)
  try {
    await use(rest)
  } finally {
    rest.close()
  }
}

const messageOf = (body: Buffer): string => {
  const { error } = JSON.parse(body.toString()) as { readonly error: { readonly message: string } }
  return error.message
}

describe('what a server that serves refuses', { concurrency: true }, () => {
  test('a wrong key, an unknown role and an unknown account are refused alike', () =>
    asNobody(async (rest) => {
      const refused = [
        await rest.authenticate('admin', CANARY),
        await rest.authenticate('nobody', CANARY),
        await rest.send({
          method: 'POST',
          path: '/authn/elsewhere/admin/authenticate',
          body: CANARY,
        }),
      ]
      for (const answer of refused) {
        assert.equal(mustBe(401, answer).body.toString(), '')
      }
    }))

  test('a token is refused once its time is over, and its owner gets another', () =>
    asNobody(async (rest) => {
      await rest.logIn('host/app', appKey)
      await eventually('the token has expired', 5_000, async () => {
        const { status, body } = await rest.get('/whoami')
        if (status === 200) return undefined
        assert.equal(status, 401)
        return body.toString()
      })
      await rest.logIn('host/app', appKey)
      mustBe(200, await rest.get('/whoami'))
    }))

  test('a token that another key signed, or that was altered, is refused', () =>
    asNobody(async (rest) => {
      const token: unknown = JSON.parse(
        (await rest.authenticate('host/app', appKey)).body.toString(),
      )
      assert.ok(isAccessToken(token))
      const claims: unknown = JSON.parse(Buffer.from(token.payload, 'base64url').toString())
      assert.ok(isTokenClaims(claims))
      const { kid } = JSON.parse(Buffer.from(token.protected, 'base64url').toString()) as {
        readonly kid: string
      }
      const { privateKey } = await generateSigningKey()
      const later = { ...claims, exp: claims.iat + 480 }
      const forged = [
        signToken(later, { kid, privateKey }),
        { ...token, payload: inBase64({ ...claims, sub: 'admin' }) },
        { ...token, payload: inBase64(later) },
        { ...token, signature: inBase64({}) },
      ]
      for (const each of forged) {
        const authorization = `Token token="${Buffer.from(JSON.stringify(each)).toString('base64')}"`
        rest.use(authorization)
        const answer = mustBe(401, await rest.get('/whoami'))
        assert.equal(answer.body.toString(), 'Unauthorized: Invalid token')
      }
    }))

  test('a malformed policy is refused with its place, and with the tag that was meant', async () => {
    const misspelt = mustBe(422, await admin.load('- !user bob\n- !varable x\n'))
    assert.match(messageOf(misspelt.body), /line 2, column 3 .*Unrecognized data type '!varable'/)
    assert.match(misspelt.body.toString(), /!variable/)
    const broken = mustBe(422, await admin.load('- !policy\n  id: [x\n'))
    assert.match(messageOf(broken.body), /line \d+, column \d+/)
    mustBe(404, await admin.get('/resources/default/user/bob'))
  })

  test('a body beyond its bound is refused before it is read, and one without length on the way', async () => {
    const tooMuch = Buffer.alloc(16 * MB + 1, 'x')
    mustBe(413, await admin.write('secret', tooMuch))
    await asNobody(async (rest) => {
      mustBe(413, await rest.authenticate('admin', 'x'.repeat(64 * 1024 + 1)))
    })
    const path = variablePath('secret')
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n`
    const answer = await talk(`${head}Authorization: ${await adminToken()}\r\n\r\n`, (socket) =>
      flood(socket, 17),
    )
    assert.match(answer, /^HTTP\/1\.1 413 /)
    mustBe(200, await admin.read('secret'))
  })

  test('a head that is too large is refused', async () => {
    const answer = await talk(`GET / HTTP/1.1\r\nHost: x\r\nX-Much: ${'x'.repeat(70_000)}\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 431 /)
  })

  test('a head that never ends is cut off (attack `json-dos`)', { timeout: BOUND_MS }, async () => {
    const answer = await talk('GET / HTTP/1.1\r\nHost: x\r\n', drip)
    assert.match(answer, /^HTTP\/1\.1 408 /)
  })

  test('a handshake that never begins is cut off', { timeout: BOUND_MS }, async () => {
    const socket = connect(portOf(server), '127.0.0.1')
    socket.on('error', () => undefined).resume()
    await once(socket, 'close')
  })

  test('TLS 1.1 is refused, 1.2 and 1.3 are spoken', async () => {
    assert.match(await handshake('TLSv1.1'), /alert protocol version/)
    assert.equal(await handshake('TLSv1.2'), 'TLSv1.2')
    assert.equal(await handshake('TLSv1.3'), 'TLSv1.3')
  })

  test('plain HTTP on the TLS port gets nothing', async () => {
    const socket = connect(portOf(server), '127.0.0.1')
    socket.on('error', () => undefined)
    const answer = collect(socket)
    socket.write(`GET ${variablePath('secret')} HTTP/1.1\r\nHost: x\r\n\r\n`)
    assert.doesNotMatch(await answer, /HTTP\/1\.1 [23]/)
  })
})

test('after all these refusals the server serves, and its log holds no secret (attack `error-canary`)', async () => {
  assert.equal(mustBe(200, await admin.read('secret')).body.toString(), CANARY)
  mustBe(200, await admin.get('/readyz'))
  const log = server.lines.join('\n')
  assert.match(log, /"level":"debug"/)
  const key = appKey.slice(0, 20)
  assert.doesNotMatch(log, new RegExp(`${CANARY}|${key}|^\\s+at |Token token`, 'm'))
})

const portOf = ({ url }: ServerProcess): number => Number(new URL(url).port)

const inBase64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

const adminToken = async (): Promise<string> =>
  authorizationOf(await admin.authenticate('admin', await readAdminKey(home.dataDir)))

/** Everything that comes from `socket` until it closes. */
async function collect(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  await once(socket, 'close')
  return text
}

/** Says `head` over TLS, then whatever `more` says, and gives the answer once the server has closed the connection. */
async function talk(
  head: string,
  more: (socket: TLSSocket) => Promise<void> = async () => undefined,
): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: portOf(server), ca: server.caPem })
  // The server may close while something is still being said.
  socket.on('error', () => undefined)
  const answer = collect(socket)
  await once(socket, 'secureConnect')
  socket.write(head)
  await more(socket)
  return answer
}

/** Sends so many chunks of a megabyte, or as many as are taken. */
async function flood(socket: TLSSocket, chunks: number): Promise<void> {
  const chunk = `${MB.toString(16)}\r\n${'x'.repeat(MB)}\r\n`
  const closed = once(socket, 'close')
  for (let sent = 0; sent < chunks && !socket.destroyed; sent += 1) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), closed])
  }
}

/** Sends a header now and then, for ever: what a slow attacker does to hold a connection. */
async function drip(socket: TLSSocket): Promise<void> {
  for (let line = 0; !socket.destroyed; line += 1) {
    socket.write(`X-${line}: x\r\n`)
    await delay(500)
  }
}

/** The version that a handshake agreed upon when only `version` is offered, or why it failed. */
function handshake(version: SecureVersion): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTls({
      host: '127.0.0.1',
      port: portOf(server),
      ca: server.caPem,
      minVersion: version,
      maxVersion: version,
      // What our own OpenSSL would refuse to offer otherwise.
      ciphers: 'DEFAULT:@SECLEVEL=0',
    })
    socket.once('error', (error: Error) => resolve(error.message))
    socket.once('secureConnect', () => {
      resolve(socket.getProtocol() ?? '')
      socket.destroy()
    })
  })
}
