import { get as getHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { Failure, quoted } from '#lib/failure.ts'

/** An address of a host. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** One call, checked: the connection goes to these addresses whatever the name resolves to meanwhile. */
export interface PinnedCall {
  readonly url: URL
  readonly addresses: readonly ResolvedAddress[]
  readonly caPem: string | undefined
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** The body of the answer, which must be 200. Throws `unreachable`, or the error of the connection or of the signal. */
export async function pinnedGet(call: PinnedCall): Promise<Uint8Array> {
  const response = await requested(call)
  try {
    if (response.statusCode !== 200) {
      throw unreachable(call.url, `answered with status ${response.statusCode ?? 'none'}`)
    }
    return await bodyOf(response, call)
  } finally {
    response.destroy()
  }
}

function requested({ url, addresses, caPem, signal }: PinnedCall): Promise<IncomingMessage> {
  const options: RequestOptions = {
    // A connection of its own: none is shared between callers that trust different authorities.
    agent: false,
    lookup: pinned(addresses),
    headers: { accept: 'application/json', 'accept-encoding': 'identity' },
    signal,
  }
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? getHttps(url, {
            ...options,
            minVersion: 'TLSv1.2',
            ...(caPem === undefined ? {} : { ca: caPem }),
          })
        : getHttp(url, options)
    request.once('response', resolve)
    // Not once: a connection that is cut while the body comes reports here as well.
    request.on('error', reject)
  })
}

/** Answers every look-up with `addresses`. */
const pinned =
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
