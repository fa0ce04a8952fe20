import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { isIP } from 'node:net'
import type { DetailedPeerCertificate } from 'node:tls'
import { connect } from 'node:tls'
import { connectionFailure, timeoutFailure } from '#client/connection-failure.ts'
import type { ServerAddress } from '#client/server-address.ts'
import { hostAndPort } from '#client/server-address.ts'
import { trustedRoots } from '#client/trusted-roots.ts'

/** The certificates with which a server introduces itself. */
export interface Introduction {
  /** From the server's own upwards, as far as each is signed by the next. */
  readonly chain: readonly X509Certificate[]
  /** Whether the chain, its times and the host name are in order. */
  readonly isTrusted: boolean
}

const TIMEOUT_MS = 10_000

/**
 * Asks the server at `address` for its certificates and judges them by those of `caPem`, or of the system. Throws `unreachable`
 * when there is no server, `untrusted` when it does not speak TLS 1.2 or newer.
 */
export async function meetServer(address: ServerAddress, caPem?: string): Promise<Introduction> {
  const { host, port } = address
  const socket = connect({
    host,
    port,
    servername: isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    ca: caPem ?? trustedRoots(),
    allowPartialTrustChain: caPem !== undefined,
    // Nothing is sent and nothing believed on this connection: it is made to see the certificate of a stranger.
    rejectUnauthorized: false,
  })
  const deadline = AbortSignal.timeout(TIMEOUT_MS)
  try {
    await once(socket, 'secureConnect', { signal: deadline })
    return { chain: linked(socket.getPeerCertificate(true)), isTrusted: socket.authorized }
  } catch (error) {
    if (deadline.aborted) throw timeoutFailure(hostAndPort(address), TIMEOUT_MS)
    throw connectionFailure(error, hostAndPort(address))
  } finally {
    socket.destroy()
  }
}

/** The certificate to trust so that the chain is trusted: the highest one that the server showed. */
export function anchorOf({ chain }: Introduction): X509Certificate | undefined {
  return chain.at(-1)
}

function linked(peer: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain = [new X509Certificate(peer.raw)]
  let issuer = peer.issuerCertificate as DetailedPeerCertificate | undefined
  for (let last = chain[0]; issuer !== undefined && last !== undefined; last = chain.at(-1)) {
    const next = new X509Certificate(issuer.raw)
    const isItself = next.fingerprint256 === last.fingerprint256
    if (isItself || !last.checkIssued(next) || !last.verify(next.publicKey)) break
    chain.push(next)
    issuer = issuer.issuerCertificate as DetailedPeerCertificate | undefined
  }
  return chain
}

/** What a person compares before trusting a certificate. */
export const describeCertificate = (certificate: X509Certificate): string =>
  [
    `  subject:  ${oneLine(certificate.subject)}`,
    `  issuer:   ${oneLine(certificate.issuer)}`,
    `  valid:    ${certificate.validFrom} to ${certificate.validTo}`,
    `  SHA-256:  ${certificate.fingerprint256}`,
  ].join('\n')

const oneLine = (name: string): string => name.split('\n').join(', ')
