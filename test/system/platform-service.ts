import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { portOf } from './stand-in-server.ts'

/** A stand-in for the services that a cloud has on its machines, without TLS. */
export interface PlatformService extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  readonly url: string
  /** What was asked, in the order in which it came. */
  readonly asked: IncomingMessage[]
  /** Answers everything; 404 when there is none. */
  answer: RequestListener | undefined
}

/** Starts one that knows nothing yet. */
export async function startPlatformService(): Promise<PlatformService> {
  const server = createServer((request, response) => {
    service.asked.push(request)
    if (service.answer === undefined) response.writeHead(404).end()
    else service.answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${portOf(server)}`
  const service: PlatformService = {
    host,
    url: `http://${host}`,
    asked: [],
    answer: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return service
}

/** What was asked of a service: the method and the path with its query. */
export const questionsTo = ({ asked }: PlatformService): readonly string[] =>
  asked.map(({ method = '', url = '' }) => `${method} ${url}`)
