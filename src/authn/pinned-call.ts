import { request as requestHttp } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { connect, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { OutboundAnswer, OutboundRequest } from '#app/outbound.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bareHost } from './host-rules.ts'
import { proxyHeaders, tunnel } from './proxy.ts'

/** An address of a host. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Where a connection goes: to addresses, whatever the name resolves to meanwhile, or to a proxy, which looks the name up. */
export type Route = { readonly addresses: readonly ResolvedAddress[] } | { readonly proxy: URL }

/** One call, checked. */
export interface PinnedCall {
  readonly url: URL
  readonly route: Route
  /** The only authorities that may vouch for the host, PEM; `trust` counts when absent. */
  readonly caPem?: string | undefined
  /** The usual authorities; those that Node knows when absent. */
  readonly trust?: SecureContext | undefined
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** The answer to a request, whatever its status; redirects are not followed. Throws `unreachable`, or the error of the connection or of the signal. */
export async function pinnedSend(
  call: PinnedCall,
  request: Omit<OutboundRequest, 'purpose' | 'caPem'>,
): Promise<OutboundAnswer> {
  const response = await requested(call, request)
  const { statusCode: status = 0, headers } = response
  const contentType = headers['content-type']
  try {
    const body = await bodyOf(response, call)
    return contentType === undefined ? { status, body } : { status, contentType, body }
  } finally {
    response.destroy()
  }
}

async function requested(
  call: PinnedCall,
  { method, headers, body }: Omit<OutboundRequest, 'purpose' | 'caPem'>,
): Promise<IncomingMessage> {
  const { url, route, signal } = call
  const sent: OutgoingHttpHeaders = {
    ...headers,
    'accept-encoding': 'identity',
    ...(body === undefined ? {} : { 'content-length': body.byteLength }),
  }
  const options: RequestOptions = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: sent,
    signal,
  }
  if (!('addresses' in route) && url.protocol === 'http:') {
    const { proxy } = route
    return answered(new URL(proxy.origin), { ...options, ...throughProxy(url, proxy, sent) }, body)
  }
  return answered(url, { ...options, ...(await connectionTo(call)) }, body)
}

/** How a request gets a connection of its own, over TLS where the URL says so: none is shared between callers that trust different authorities. */
export async function connectionTo(call: Omit<PinnedCall, 'maxBytes'>): Promise<RequestOptions> {
  const { url, route, signal } = call
  if ('addresses' in route) {
    return { ...tlsOptions(call), agent: false, lookup: pinned(route.addresses) }
  }
  const socket = await tunnel(route.proxy, url, signal)
  const host = bareHost(url)
  const servername = isIP(host) === 0 ? host : ''
  return {
    // Without an agent, Node takes 80 for the usual port, and tells the host so.
    defaultPort: 443,
    createConnection: () => connect({ socket, host, servername, ...tlsOptions(call) }),
  }
}

/** Plain HTTP is asked of the proxy itself, by the whole address (RFC 9112 3.2.2). */
const throughProxy = (url: URL, proxy: URL, headers: OutgoingHttpHeaders): RequestOptions => ({
  agent: false,
  path: url.href,
  headers: { ...headers, host: url.host, ...proxyHeaders(proxy) },
})

/** How TLS is spoken and who may vouch for the host. */
export const tlsOptions = ({
  caPem,
  trust,
}: Pick<PinnedCall, 'caPem' | 'trust'>): SecureContextOptions & {
  secureContext?: SecureContext
} => ({
  minVersion: 'TLSv1.2',
  ...(caPem === undefined ? {} : { ca: caPem }),
  ...(caPem !== undefined || trust === undefined ? {} : { secureContext: trust }),
})

function answered(
  url: URL,
  options: RequestOptions,
  body: Uint8Array | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options)
    request.once('response', resolve)
    // Not once: a connection that is cut while the body comes reports here as well.
    request.on('error', reject)
    request.end(body)
  })
}

/** Answers every look-up with `addresses`. */
export const pinned =
  (addresses: readonly ResolvedAddress[]): LookupFunction =>
  (hostname, { all }, callback) => {
    const [first] = addresses
    if (first === undefined) callback(new Error(`${hostname} has no address`), '')
    else if (all === true) callback(null, [...addresses])
    else callback(null, first.address, first.family)
  }

async function bodyOf(
  response: IncomingMessage,
  { url, maxBytes }: PinnedCall,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const pieces: AsyncIterable<Uint8Array> = response
  for await (const chunk of pieces) {
    size += chunk.byteLength
    if (size > maxBytes) throw unreachable(url, `answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/** The failure of a call, which names the host alone: paths and queries may hold what nobody else should see. */
export const unreachable = (url: URL, how: string, cause?: unknown): Failure =>
  new Failure('unreachable', `${quoted(url.origin)} ${how}`, { cause })
