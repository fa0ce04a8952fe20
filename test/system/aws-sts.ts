import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createProxy } from 'node:http'
import { createServer } from 'node:https'
import type { RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { answerOf } from '../authn/iam/fake-sts.ts'
import type { Caller } from '../authn/iam/fake-sts.ts'
import { portOf } from './stand-in-server.ts'

/** A stand-in for AWS STS over TLS under its real names, behind a proxy that knows no other way. */
export interface AwsSts extends AsyncDisposable {
  readonly callers: Caller[]
  /** What was asked of the proxy: `HOST:PORT`. */
  readonly targets: string[]
  /** What was asked of the service: the method, the host and the path. */
  readonly asked: string[]
  /** Answers for hosts instead of the service. */
  readonly instead: Map<string, RequestListener>
  /** What a server is started with to ask it: the settings that lead to any proxy, and trust any further authority. */
  readonly environment: Readonly<Record<string, string>>
}

/** Starts one with certificates for these hosts; `folder` is for its authority. */
export async function startAwsSts(folder: string, hosts: readonly string[]): Promise<AwsSts> {
  const identity = await createTlsIdentity({
    hostnames: hosts,
    addresses: [],
    now: new Date(),
    days: 1,
  })
  const ca = join(folder, 'aws-ca.pem')
  await writeFile(ca, identity.certPem)
  const callers: Caller[] = []
  const asked: string[] = []
  const targets: string[] = []
  const instead = new Map<string, RequestListener>()
  const service = createServer({ cert: identity.certPem, key: identity.keyPem }, (call, answer) => {
    const { method = '', url: path = '', headers } = call
    const host = headers.host ?? ''
    asked.push(`${method} ${host}${path}`)
    const other = instead.get(host)
    if (other !== undefined) {
      other(call, answer)
      return
    }
    const sent = Object.entries(headers).filter(
      (header): header is [string, string] => typeof header[1] === 'string',
    )
    const { status, contentType, body } = answerOf(callers, {
      method,
      url: new URL(path, `https://${host}`),
      headers: Object.fromEntries(sent),
    })
    answer.writeHead(status, { 'content-type': contentType }).end(body)
  })
  const sockets = new Set<Socket>()
  const proxy = createProxy((_, answer) => answer.writeHead(405).end())
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    targets.push(url)
    sockets.add(socket)
    if (!hosts.includes(url.replace(/:443$/, ''))) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const target = connect(portOf(service), '127.0.0.1')
    socket.pipe(target).pipe(socket)
    socket.on('error', () => target.destroy())
    target.on('error', () => socket.destroy())
  })
  for (const server of [service, proxy]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  return {
    callers,
    targets,
    asked,
    instead,
    environment: {
      STRONGROOM_OUTBOUND_PROXY: `http://127.0.0.1:${portOf(proxy)}`,
      STRONGROOM_OUTBOUND_CA: ca,
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      for (const server of [service, proxy]) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
}
