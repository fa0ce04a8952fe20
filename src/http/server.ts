import { constants } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server, ServerOptions, ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
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

/** How long a refused client may take to close its side. */
const GOODBYE_MS = 1_000

/**
 * TLS 1.2 and 1.3, without resumption and renegotiation: a resumed session knows no more than the client's own certificate, not those that
 * vouch for it, and a renegotiation changes it midway (attack `cert-auth`). A connection serves many requests, so that its one full handshake
 * hardly counts.
 */
const PROTOCOL = {
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
} as const

/**
 * Every client is asked for a certificate and none needs one. Whose is good is for each authenticator to decide, by authorities of its own: no
 * handshake fails over it (docs/adr/0008-client-certificates.md).
 */
const CLIENT_CERTIFICATES = { requestCert: true, rejectUnauthorized: false } as const

const MAX_CONNECTIONS = 10_000

/** Where and how the server listens. */
export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Without it the server speaks plain HTTP. */
  readonly tls?: TlsPair
}

/** A certificate chain and its key, PEM texts. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** A server that listens. */
export interface ListeningServer {
  readonly port: number
  /** Shows another certificate to connections from now on; does nothing when the server speaks plain HTTP. */
  renew(tls: TlsPair): void
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
  return {
    port: portOf(server.address()),
    renew(tls) {
      if (server instanceof TlsServer) server.setSecureContext({ ...tls, ...PROTOCOL })
    },
    stop: (drainMs) => drain(server, drainMs),
  }
}

const createFor = (listener: Listener, { tls }: ListenOptions): Server =>
  tls === undefined
    ? createServer(BOUNDS, listener)
    : createTlsServer(
        {
          ...BOUNDS,
          ...tls,
          ...PROTOCOL,
          ...CLIENT_CERTIFICATES,
          handshakeTimeout: HANDSHAKE_MS,
        },
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

/** Tells what was wrong with a request that is none. Who does not even speak TLS, or is gone, is told nothing. */
function refuseMalformed({ code = '' }: Error & { code?: string }, socket: Socket): void {
  const status = MALFORMED[code] ?? (code.startsWith('HPE_') ? '400 Bad Request' : undefined)
  if (status === undefined || !socket.writable) {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  // The other side may leave its half open for ever.
  setTimeout(() => socket.destroy(), GOODBYE_MS).unref()
}

const MALFORMED: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
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
