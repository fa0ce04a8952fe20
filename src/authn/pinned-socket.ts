import type { RawData, WebSocket } from 'ws'
import type { OutboundSocket, SocketRequest } from '#app/outbound.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { connectionTo, unreachable, type PinnedCall } from './pinned-call.ts'

/** One conversation, checked; `maxBytes` bounds all that the server says. Its URL is `https:`. */
export type PinnedConversation = PinnedCall

/** Opens a conversation; throws `unreachable` when the server refuses it, or the error of the connection. */
export async function pinnedSocket(
  conversation: PinnedConversation,
  { headers, protocols }: Pick<SocketRequest, 'headers' | 'protocols'>,
): Promise<OutboundSocket> {
  const { url, maxBytes, signal } = conversation
  // Loaded when it is needed: few servers have pods to talk to.
  const ws = await import('ws')
  const address = new URL(url)
  address.protocol = 'wss:'
  const socket = new ws.WebSocket(address, [...protocols], {
    ...(await connectionTo(conversation)),
    headers: { ...headers },
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: maxBytes,
  })
  const messages = collect(socket, conversation)
  try {
    await opened(socket, url, signal)
  } catch (error) {
    socket.terminate()
    throw error
  }
  return {
    protocol: socket.protocol,
    send: (message) => socket.send(message),
    messages,
    [Symbol.dispose]: () => socket.terminate(),
  }
}

function opened(socket: WebSocket, url: URL, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(late(url))
    signal.addEventListener('abort', giveUp, { once: true })
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => {
      reject(unreachable(url, `answered with status ${response.statusCode ?? 'none'}`))
    })
  })
}

const late = (url: URL): Failure =>
  new Failure('unavailable', `${quoted(url.origin)} does not answer in time`)

/** All that a server says, from the first moment on: the first messages can come with the handshake. */
function collect(
  socket: WebSocket,
  { url, maxBytes, signal }: PinnedConversation,
): AsyncIterable<Uint8Array> {
  let size = 0
  let isOver = false
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const fail = (failure: Failure): void => {
        if (!isOver) controller.error(failure)
        isOver = true
      }
      socket.on('message', (data: RawData) => {
        const message = bytesOf(data)
        size += message.byteLength
        if (size > maxBytes) fail(unreachable(url, `said more than ${maxBytes} bytes`))
        else if (!isOver) controller.enqueue(message)
      })
      socket.on('error', (cause) => fail(unreachable(url, 'cannot be reached', cause)))
      signal.addEventListener('abort', () => fail(late(url)), { once: true })
      socket.once('close', (code) => {
        if (!isProper(code)) fail(unreachable(url, `cut the conversation off (${code})`))
        else if (!isOver) controller.close()
        isOver = true
      })
    },
    cancel() {
      isOver = true
    },
  })
}

/** Whether a conversation with this code ended as it should: for `normal`, or without one (RFC 6455 7.4.1). */
const isProper = (code: number): boolean => code === 1000 || code === 1005

const bytesOf = (data: RawData): Uint8Array =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)
