import type * as http from 'node:http'
import { Failure } from '#lib/failure.ts'
import { pinnedTo } from './certificate-pin.ts'
import { connectionFailure, timeoutFailure } from './connection-failure.ts'
import type { Limit } from './limit.ts'
import { openLimit } from './limit.ts'
import { trustedRoots } from './trusted-roots.ts'
import type { ServerAddress } from './server-address.ts'
import { hostAndPort } from './server-address.ts'

// To import node:http takes 25 ms: all that it exports is then made, among that a second HTTP client, which we never use.
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http')
const { Agent: HttpsAgent, request: httpsRequest } = process.getBuiltinModule('node:https')

/** One request. `path` starts with a slash, is already encoded and may have a query. */
export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** Whether it may reach the server twice although it is no GET: it changes nothing there. */
  readonly isRepeatable?: boolean
  /** What the call is a part of; its reason is thrown when it ends the call. */
  readonly limit?: Limit
  /** For this request, in milliseconds, where the transport allows more. */
  readonly timeoutMs?: number
}

/** What the server answered, whatever its status. */
export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** Sends requests to one server over kept connections. */
export interface Transport {
  /** Throws `unreachable` or `untrusted` when no complete answer arrives; every status is an answer. */
  send(call: Call): Promise<Answer>
  /** Closes the connections. */
  close(): void
}

/** How a transport connects. */
export interface TransportOptions {
  readonly address: ServerAddress
  /** The only certificates to trust, instead of those of the system. */
  readonly caPem?: string
  /** What the server's own certificate must be known by besides: see {@link pinnedTo}. */
  readonly pins?: readonly string[]
  /** For the whole of a request, in milliseconds. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** What every connection shows to a server that asks; nothing when absent. */
  readonly identity?: ClientIdentity
  /** The largest answer that is read, in bytes; 64 MiB when absent. */
  readonly maxAnswer?: number
}

/** A certificate, with those that vouch for it behind it, and its key, in PEM. */
export interface ClientIdentity {
  readonly cert: string
  readonly key: string
}

const MAX_ANSWER = 64 * 1024 * 1024

/** Opens no connection yet. TLS is 1.2 or newer and always verified. */
export function openTransport(options: TransportOptions): Transport {
  const agent = openAgent(options)
  return {
    send: (call) => send(options, agent, call),
    close: () => agent.destroy(),
  }
}

function openAgent(options: TransportOptions): http.Agent {
  const { address, caPem, pins, identity } = options
  if (!address.secure) {
    if (identity === undefined && pins === undefined) return new HttpAgent({ keepAlive: true })
    const what = identity === undefined ? 'pinned' : 'shown'
    throw new Failure('configuration', `a certificate can be ${what} over https only`)
  }
  return new HttpsAgent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    ca: caPem ?? trustedRoots(),
    // A pinned certificate is trusted as it is, even where it is not the root of its chain.
    allowPartialTrustChain: caPem !== undefined,
    ...(pins === undefined ? {} : { checkServerIdentity: pinnedTo(pins) }),
    ...identity,
  })
}

async function send(options: TransportOptions, agent: http.Agent, call: Call): Promise<Answer> {
  const target = hostAndPort(options.address)
  const ms = Math.min(options.timeoutMs, call.timeoutMs ?? Infinity)
  const limit = openLimit(ms, () => timeoutFailure(target, ms), [
    call.limit?.signal,
    options.signal,
  ])
  try {
    limit.signal.throwIfAborted()
    return await exchangeAgain(() => exchange(options, agent, call, limit.signal), call)
  } catch (error) {
    if (error instanceof Failure) throw error
    call.limit?.signal.throwIfAborted()
    if (options.signal?.aborted === true) {
      throw new Failure('unavailable', 'the request was cancelled', { cause: error })
    }
    limit.signal.throwIfAborted()
    throw connectionFailure(error, target)
  } finally {
    limit.release()
  }
}

function exchange(
  { address, maxAnswer = MAX_ANSWER }: TransportOptions,
  agent: http.Agent,
  call: Call,
  signal: AbortSignal,
): Promise<Answer> {
  const body = call.body ?? ''
  // Not Promise.withResolvers, which Node 20 does not have: the client library runs there, too.
  return new Promise((resolve, reject) => {
    const request = (address.secure ? httpsRequest : httpRequest)(
      {
        agent,
        host: address.host,
        port: address.port,
        method: call.method,
        path: address.base + call.path,
        headers: {
          'User-Agent': 'strongroom',
          'Content-Length': Buffer.byteLength(body),
          ...call.headers,
        },
        signal,
      },
      (response) => {
        collect(response, maxAnswer).then(resolve, reject)
      },
    )
    request.on('error', (error) => {
      reject(request.reusedSocket && isClosed(error) ? new StaleConnection(error) : error)
    })
    request.end(body)
  })
}

const isClosed = (error: NodeJS.ErrnoException): boolean =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE'

/** The server closed a kept connection just as it was used again. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super('stale connection', { cause })
  }
}

/** Exchanges once more when the connection was stale: only for reads, since the server may have seen the request. */
async function exchangeAgain(exchangeOnce: () => Promise<Answer>, call: Call): Promise<Answer> {
  try {
    return await exchangeOnce()
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error
    if (call.method !== 'GET' && call.isRepeatable !== true) throw error.cause
    return exchangeOnce()
  }
}

async function collect(response: http.IncomingMessage, maxAnswer: number): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxAnswer) throw new Failure('too_large', 'the answer of the server is too large')
    chunks.push(chunk)
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks),
  }
}
