import assert from 'node:assert/strict'
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { isPolicyLoad } from '#api/wire.ts'

/** A request exactly as a client puts it on the wire: nothing is added to its path, and to its headers only what HTTP needs. */
export interface WireCall {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Sends the body in chunks, without saying how long it is. */
  readonly isChunked?: boolean
}

/** What came back. */
export interface WireAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

/** The wire to a server; it must be closed. */
export interface Wire extends Disposable {
  send(call: WireCall): Promise<WireAnswer>
}

/** Opens the wire to a server that speaks TLS. */
export function openWire({ url, caPem }: { readonly url: string; readonly caPem: string }): Wire {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, ca: caPem })
  return {
    send({ method, path, headers = {}, body = '', isChunked = false }) {
      const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>()
      const length = isChunked
        ? { 'Transfer-Encoding': 'chunked' }
        : { 'Content-Length': String(Buffer.byteLength(body)) }
      const hasBody = isChunked || Buffer.byteLength(body) > 0 || method === 'POST'
      const all = { ...(hasBody ? length : {}), ...headers }
      const sent = request({ agent, hostname, port, method, path, headers: all }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const whole = Buffer.concat(chunks)
          const { statusCode: status = 0, headers: received } = response
          resolve({ status, headers: received, body: whole, text: whole.toString('utf8') })
        })
      })
      sent.on('error', reject)
      sent.end(body)
      return promise
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** The JSON of an answer, which must have this status. */
export function jsonIn(answer: WireAnswer, status = 200): unknown {
  assert.equal(answer.status, status, answer.text)
  return JSON.parse(answer.text)
}

/** The API key that a load gave to a role of `account`. */
export function keyOf(loaded: unknown, account: string, role: string): string {
  assert.ok(isPolicyLoad(loaded))
  return loaded.created_roles[`${account}:${role}`]?.api_key ?? assert.fail(`${role} is not new`)
}
