import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createTlsIdentity } from '#crypto/tls-identity.ts'

/** A request as the server saw it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** What the server answers: a status, a body and headers. */
export type Reply = readonly [number, (string | Buffer | object)?, Record<string, string>?]

/**
 * A server that answers as reference/conjur-api.md says the server does, for the account `acme`, the user `admin` with the password
 * `s3cret` and the API key `admin-key`, and the host `host/app` with the key `host-key`. A test may answer in its place, or
 * drop the connection.
 */
export interface StandIn extends AsyncDisposable {
  readonly url: string
  readonly certPem: string
  readonly fingerprint: string
  /** A folder with `cert.pem` and room for the test; removed with the server. */
  readonly folder: string
  readonly seen: Seen[]
  readonly secrets: Map<string, Buffer>
  /** Ids of variables that exist and may not be read. */
  readonly forbidden: Set<string>
  /** What the test answers itself; `undefined` leaves the request to the server. */
  answer: (seen: Seen) => Reply | 'drop' | undefined | Promise<Reply | undefined>
  /** How many connections were made. */
  connections: number
  /** A token for a role, as JSON, with these claims besides the usual ones. */
  issue(login: string, claims?: object): string
  /** Refuses all tokens that were issued so far. */
  revoke(): void
  /** The environment of a program that is logged in as `admin`, and nothing else of ours. */
  readonly environment: Record<string, string>
}

const KEYS: Readonly<Record<string, string>> = { admin: 'admin-key', 'host/app': 'host-key' }

/** The port on which a server listens. */
export function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export async function startStandIn(hostnames: readonly string[] = ['localhost']): Promise<StandIn> {
  const identity = await createTlsIdentity({ hostnames, addresses: [], now: new Date(), days: 1 })
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-'))
  await writeFile(join(folder, 'cert.pem'), identity.certPem)
  const tokens = new Set<string>()
  const server = createServer({ cert: identity.certPem, key: identity.keyPem })
  const url = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`https://localhost:${portOf(server)}`)
    })
  })
  const standIn: StandIn = {
    url,
    certPem: identity.certPem,
    fingerprint: identity.fingerprint256,
    folder,
    seen: [],
    secrets: new Map(),
    forbidden: new Set(),
    answer: () => undefined,
    connections: 0,
    issue: (login, claims) => issue(login, tokens, claims),
    revoke: () => tokens.clear(),
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      CONJUR_APPLIANCE_URL: url,
      CONJUR_ACCOUNT: 'acme',
      CONJUR_CERT_FILE: join(folder, 'cert.pem'),
      CONJUR_AUTHN_LOGIN: 'admin',
      CONJUR_AUTHN_API_KEY: 'admin-key',
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
      await rm(folder, { recursive: true })
    },
  }
  server.on('secureConnection', () => {
    standIn.connections += 1
  })
  server.on('request', (request, response) => {
    serve(standIn, tokens, request, response).catch((error: unknown) =>
      response.destroy(new Error('the stand-in failed', { cause: error })),
    )
  })
  return standIn
}

async function serve(
  standIn: StandIn,
  tokens: Set<string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'https://x')
  const seen: Seen = {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: await buffer(request),
  }
  standIn.seen.push(seen)
  const given = await standIn.answer(seen)
  if (given === 'drop') {
    request.socket.destroy()
    return
  }
  const [status, body = '', headers = {}] =
    given ?? authentication(seen, tokens) ?? resources(standIn, seen)
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(bytes), ...headers }).end(bytes)
}

function authentication(seen: Seen, tokens: Set<string>): Reply | undefined {
  if (seen.path === '/authn/acme/login') return passwordLogin(seen.headers.authorization ?? '')
  const login = /^\/authn\/acme\/([^/]+)\/authenticate$/.exec(seen.path)?.[1]
  if (login !== undefined) {
    const name = decodeURIComponent(login)
    return KEYS[name] === seen.body.toString() ? [200, issue(name, tokens)] : [401]
  }
  if (seen.path.startsWith('/authn-jwt/dev/acme')) {
    return seen.body.toString() === 'jwt=a.b.c' ? [200, issue('host/app', tokens)] : [401]
  }
  return tokens.has(seen.headers.authorization ?? '') ? undefined : [401]
}

function passwordLogin(authorization: string): Reply {
  const [login = '', password] = Buffer.from(authorization.replace('Basic ', ''), 'base64')
    .toString()
    .split(':')
  return login === 'admin' && password === 's3cret' ? [200, 'admin-key'] : [401]
}

function issue(sub: string, tokens: Set<string>, claims: object = {}): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = Math.floor(Date.now() / 1000)
  const token = JSON.stringify({
    protected: encode({ alg: 'conjur.org/slosilo/v2' }),
    payload: encode({ iat, sub, exp: iat + 480, jti: randomUUID(), ...claims }),
    signature: 'AA==',
  })
  tokens.add(`Token token="${Buffer.from(token).toString('base64')}"`)
  return token
}

function resources(standIn: StandIn, seen: Seen): Reply {
  const [, root, account, kind, ...rest] = seen.path.split('/').map(decodeURIComponent)
  if (root === 'secrets' && account === undefined) return batch(standIn, seen)
  if (root === 'secrets' && kind === undefined) return [404]
  if (root === 'secrets') return secret(standIn, seen, `${account}:${kind}:${rest.join('/')}`)
  if (root === 'whoami') {
    return [
      200,
      {
        client_ip: '127.0.0.1',
        user_agent: 'strongroom',
        account: 'acme',
        username: 'admin',
        token_issued_at: '2026-01-01T00:00:00.000+00:00',
      },
    ]
  }
  return [404]
}

function secret({ secrets, forbidden }: StandIn, seen: Seen, id: string): Reply {
  if (forbidden.has(id)) return [403]
  if (seen.method === 'POST') {
    secrets.set(id, seen.body)
    return [201]
  }
  const value = secrets.get(id)
  return value === undefined ? absent(id) : [200, value]
}

function batch({ secrets, forbidden }: StandIn, seen: Seen): Reply {
  const ids = (seen.query.get('variable_ids') ?? '').split(',')
  if (ids.some((id) => forbidden.has(id))) return [403]
  const missing = ids.find((id) => !secrets.has(id))
  if (missing !== undefined) return absent(missing)
  // The server wraps its base64 at 60 characters.
  const wrapped = (id: string): string =>
    (secrets.get(id) ?? Buffer.of()).toString('base64').replaceAll(/.{1,60}/g, '$&\n')
  const values = Object.fromEntries(ids.map((id) => [id, wrapped(id)]))
  return [200, values, { 'Content-Encoding': 'base64', 'Content-Type': 'application/json' }]
}

const absent = (id: string): Reply => [
  404,
  { error: { code: 'not_found', message: `CONJ00076E Variable ${id} is empty or not found.` } },
]
