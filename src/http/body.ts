import type { IncomingMessage } from 'node:http'
import { Failure } from '#lib/failure.ts'
import type { BodyShare } from './body-budget.ts'

/** What every body may have without a share of the budget, so that small requests are served whatever large ones do. */
const SMALL = 64 * 1024

/**
 * The whole body of a request. Throws `too_large` as soon as it is known to exceed `maxBytes`, before that much is held;
 * `unavailable` when large bodies take too much memory already, `bad_request` when the client goes away in the middle.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  share: Pick<BodyShare, 'take'>,
): Promise<Buffer> {
  const tooLarge = (): Failure =>
    new Failure('too_large', `the body is larger than ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge()
      if (size > SMALL) share.take(chunk.length)
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
