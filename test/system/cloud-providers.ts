import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createPlainServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { jwksOf } from '../authn/jwt/issuer.ts'
import type { IssuerKey } from '../authn/jwt/issuer.ts'
import { temporaryFolder } from './database.ts'
import { portOf } from './stand-in-server.ts'

/** The hosts at which Microsoft and Google publish their keys. */
const HOSTS = [
  'sts.windows.net',
  'login.windows.net',
  'login.microsoftonline.com',
  'accounts.google.com',
  'www.googleapis.com',
]

/**
 * The providers of clouds at their own names, over TLS: behind an HTTP proxy that leads to one server of ours whatever it is asked for.
 * A server of the tests that has {@link CloudProviders.environment} reaches them as it would the real ones.
 */
export interface CloudProviders extends AsyncDisposable {
  /** The settings of a server that goes through the proxy and trusts the authority of the test. */
  readonly environment: Readonly<Record<string, string>>
  /** What is answered at each URL; 404 at all others. */
  readonly pages: Map<string, RequestListener>
  /** The URLs that were asked for. */
  readonly asked: string[]
  /** Publishes a provider with these keys; `keysUri` is where they are. */
  publish(provider: string, keysUri: string, ...keys: readonly IssuerKey[]): void
}

/** Starts {@link CloudProviders} that have published nothing yet. */
export async function startCloudProviders(): Promise<CloudProviders> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder())
  const identity = await createTlsIdentity({
    hostnames: HOSTS,
    addresses: [],
    now: new Date(),
    days: 1,
  })
  const authority = join(folder.path, 'authority.pem')
  await writeFile(authority, identity.certPem)
  const pages = new Map<string, RequestListener>()
  const asked: string[] = []
  const cloud = createServer({ cert: identity.certPem, key: identity.keyPem }, (call, response) => {
    const url = `https://${call.headers.host ?? ''}${call.url ?? ''}`
    asked.push(url)
    const answer = pages.get(url)
    if (answer === undefined) response.writeHead(404).end()
    else answer(call, response)
  })
  const sockets = new Set<Socket>()
  const proxy = createPlainServer().on('connect', (_request, socket: Socket) => {
    const target = connect(portOf(cloud), '127.0.0.1')
    for (const end of [socket, target]) {
      sockets.add(end)
      end.on('error', () => socket.destroy())
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(target).pipe(socket)
  })
  for (const server of [cloud, proxy]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stack.defer(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
  }
  stack.defer(() => {
    for (const socket of sockets) socket.destroy()
  })
  const all = stack.move()
  const page =
    (body: string): RequestListener =>
    (_, response) =>
      void response.end(body)
  return {
    environment: {
      STRONGROOM_OUTBOUND_PROXY: `http://127.0.0.1:${portOf(proxy)}`,
      STRONGROOM_OUTBOUND_CA: authority,
    },
    pages,
    asked,
    publish(provider, keysUri, ...keys) {
      const configuration = `${provider.replace(/\/$/, '')}/.well-known/openid-configuration`
      pages.set(configuration, page(JSON.stringify({ issuer: provider, jwks_uri: keysUri })))
      pages.set(keysUri, page(jwksOf(...keys)))
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
