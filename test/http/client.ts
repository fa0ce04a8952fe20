import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** What the server answered. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** The body as JSON; throws when it is none. */
  readonly json: unknown
}

/** A request, its path exactly as it goes over the wire. */
export interface Question {
  readonly method: string
  readonly path: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** The API as one caller sees it. */
export interface Caller {
  send(question: Question): Promise<Reply>
  get(path: string, headers?: Question['headers']): Promise<Reply>
  post(path: string, body?: Question['body'], headers?: Question['headers']): Promise<Reply>
  put(path: string, body?: Question['body'], headers?: Question['headers']): Promise<Reply>
  patch(path: string, body?: Question['body'], headers?: Question['headers']): Promise<Reply>
}

/** A client of the server on `port`; it must be closed. */
export interface Client extends Disposable {
  /** A caller whose requests carry `headers`, for instance an `Authorization`. */
  caller(headers?: Question['headers']): Caller
  /** Sends bytes that need not be HTTP and resolves to whatever comes back until the server hangs up. */
  raw(bytes: string): Promise<string>
}

/** Told of every answer to a well-formed request; throws when it should not be what it is. */
export type Witness = (question: Question, reply: Reply) => void

export function openClient(port: number, witness: Witness = () => {}): Client {
  const agent = new Agent({ keepAlive: true })
  return {
    caller(always = {}) {
      const send = async (question: Question): Promise<Reply> => {
        const headers = { ...always, ...question.headers }
        const reply = await exchange({ agent, port }, { ...question, headers })
        witness(question, reply)
        return reply
      }
      const verb =
        (method: string) =>
        (path: string, body: Question['body'] = '', headers: Question['headers'] = {}) =>
          send({ method, path, body, headers })
      return {
        send,
        get: (path, headers = {}) => send({ method: 'GET', path, headers }),
        post: verb('POST'),
        put: verb('PUT'),
        patch: verb('PATCH'),
      }
    },
    async raw(bytes) {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.write(bytes, 'latin1')
      return text(socket)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function exchange(
  to: { readonly agent: Agent; readonly port: number },
  { method, path, body = '', headers = {} }: Question,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const length = method === 'GET' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const sent = request(
    { ...to, host: '127.0.0.1', method, path, headers: { ...length, ...headers } },
    (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve(replyOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks)))
      })
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}

const replyOf = (status: number, headers: IncomingHttpHeaders, bytes: Buffer): Reply => ({
  status,
  headers,
  bytes,
  text: bytes.toString('utf8'),
  get json(): unknown {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'))
    return parsed
  },
})
