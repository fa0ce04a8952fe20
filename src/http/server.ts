import { createServer } from 'node:http'
import type { Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { Failure } from '#lib/failure.ts'
import type { Listener } from './listener.ts'

/** The bounds of every connection (attack `json-dos`: slowloris, header floods). */
const BOUNDS = {
  /** A batch read names up to 1,000 variables in its request line. */
  maxHeaderSize: 64 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  /** Longer than the usual idle time of load balancers, 60 s, so that they never meet a connection that we just closed. */
  keepAliveTimeout: 80_000,
  connectionsCheckingInterval: 5000,
} satisfies ServerOptions

/** A connection that has not got through its handshake by then is closed: until then no other bound looks at it. */
const HANDSHAKE_MS = 10_000

const MAX_CONNECTIONS = 10_000

/** Where and how the server listens. */
export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** PEM texts; without them the server speaks plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A server that listens. */
export interface ListeningServer {
  readonly port: number
  /** Stops listening, lets requests under way end for up to `drainMs` milliseconds, then closes what is left. */
  stop(drainMs: number): Promise<void>
}

/** Starts listening; throws `configuration` when the address cannot be had, saying why. */
export async function listen(listener: Listener, options: ListenOptions): Promise<ListeningServer> {
  const server = createFor(listener, options)
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', refuseMalformed)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(options, error)))
    server.listen(options.port, options.host, resolve)
  })
  return { port: portOf(server.address()), stop: (drainMs) => drain(server, drainMs) }
}

const createFor = (listener: Listener, { tls }: ListenOptions): Server =>
  tls === undefined
    ? createServer(BOUNDS, listener)
    : createTlsServer(
        { ...BOUNDS, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS },
        listener,
      )

function cannotListen({ host, port }: ListenOptions, error: Error & { code?: string }): Failure {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there (ports below 1024 need a privilege)',
    EADDRNOTAVAIL: 'this machine has no such address',
  }
  const reason = reasons[error.code ?? ''] ?? error.code ?? 'unknown reason'
  return new Failure('configuration', `cannot listen on ${host}:${port}: ${reason}`, {
    cause: error,
    hint: 'choose another port with --port or STRONGROOM_PORT, or stop the program that has it',
  })
}

function refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const portOf = (address: string | AddressInfo | null): number =>
  typeof address === 'object' && address !== null ? address.port : 0

function drain(server: Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearTimeout(deadline)
      resolve()
    })
    // A connection whose request was under way closes once that is answered, and who still asks is told not to ask again:
    // otherwise kept connections would hold up the stop until the deadline.
    server.keepAliveTimeout = 1
    server.keepAliveTimeoutBuffer = 0
    server.prependListener('request', (_request, response: ServerResponse) => {
      response.setHeader('Connection', 'close')
    })
    server.closeIdleConnections()
  })
}
