import { once } from 'node:events'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ExtendedRequest } from 'ldapts'
import { bareHost } from '#authn/host-rules.ts'
import { pinned, tlsOptions, type PinnedCall, type ResolvedAddress } from '#authn/pinned-call.ts'
import type { DirectoryPlace } from '#app/directory.ts'
import { converse } from './conversation.ts'
import { garbled } from './frames.ts'

/** Where a connection goes, checked, and how it is protected. */
export interface Dialling extends Pick<PinnedCall, 'caPem' | 'trust' | 'signal'> {
  readonly url: URL
  readonly port: number
  readonly addresses: readonly ResolvedAddress[]
  readonly protection: DirectoryPlace['protection']
}

/** A connection that is protected as it should be. Its errors after that are for whoever uses it; `signal` ends it at any time. */
export async function dial(dialling: Dialling): Promise<Socket> {
  const { url, port, addresses, protection, signal } = dialling
  const socket = connectPlain({
    host: bareHost(url),
    port,
    lookup: pinned(addresses),
    signal,
    noDelay: true,
  })
  // Whoever waits is told by what they wait for; without a listener an error would end the process.
  socket.on('error', ignore)
  await once(socket, 'connect', { signal })
  if (protection === 'plain') return socket
  try {
    if (protection === 'start_tls') await askForTls(socket)
    return await protectedOver(socket, dialling)
  } catch (error) {
    socket.destroy()
    throw error
  }
}

const ignore = (): void => {}

/** The operation of RFC 4511 4.14. */
const START_TLS = '1.3.6.1.4.1.1466.20037'

/** The most that is said before TLS: one answer. */
const BEFORE_TLS = 4096

/** Whatever came along with the answer, and so in the clear, must not count as said over TLS. */
async function askForTls(socket: Socket): Promise<void> {
  const conversation = converse(socket, BEFORE_TLS)
  const { code } = await conversation.ask(new ExtendedRequest({ messageId: 1, oid: START_TLS }))
  if (code !== 0) throw garbled(`does not speak TLS when it is asked to (result code ${code})`)
  conversation.leave()
}

async function protectedOver(socket: Socket, dialling: Dialling): Promise<Socket> {
  const host = bareHost(dialling.url)
  const secure = connectTls({
    socket,
    host,
    servername: isIP(host) === 0 ? host : '',
    ...tlsOptions(dialling),
  })
  secure.on('error', ignore)
  await once(secure, 'secureConnect', { signal: dialling.signal })
  return secure
}
