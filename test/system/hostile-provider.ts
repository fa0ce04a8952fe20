import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { portOf } from './stand-in-server.ts'

/** A provider that means no good. */
export interface Hostile extends AsyncDisposable {
  readonly issuer: string
  /** The authority that vouches for it, PEM. */
  readonly caPem: string
  /** What it answers at each path; 404 at all others. */
  readonly pages: Map<string, RequestListener>
  /** The paths that were asked for. */
  readonly asked: string[]
}

/** Starts a {@link Hostile} that has no pages yet. */
export async function startHostile(): Promise<Hostile> {
  const { certPem, keyPem } = await createTlsIdentity({
    hostnames: ['localhost'],
    addresses: [],
    now: new Date(),
    days: 1,
  })
  const pages = new Map<string, RequestListener>()
  const asked: string[] = []
  const server = createServer({ cert: certPem, key: keyPem }, (call, response) => {
    const path = call.url ?? ''
    asked.push(path)
    const answer = pages.get(path)
    if (answer === undefined) response.writeHead(404).end()
    else answer(call, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    issuer: `https://localhost:${portOf(server)}`,
    caPem: certPem,
    pages,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
