import type { IncomingMessage } from 'node:http'
import { Failure } from '#lib/failure.ts'

/**
 * The whole body of a request. Throws `too_large` as soon as it is known to exceed `maxBytes`, before that much is held;
 * `bad_request` when the client goes away in the middle.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): Failure =>
    new Failure('too_large', `the body is larger than ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('bad_request', 'the request ended before its body was complete', {
      cause: error,
    })
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)
}
