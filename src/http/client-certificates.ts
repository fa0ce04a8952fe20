import { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { containsAddress, plainAddress } from '#lib/cidr.ts'
import { Failure } from '#lib/failure.ts'

/** Headers in which a proxy that terminates TLS tells the certificates of the client. */
export const CERTIFICATE_HEADERS = ['x-ssl-client-certificate', 'client-cert'] as const

/** One of {@link CERTIFICATE_HEADERS}. */
export type CertificateHeader = (typeof CERTIFICATE_HEADERS)[number]

/** The proxies that are believed what they tell of the certificates of clients. */
export interface CertificateProxies {
  /** Addresses or CIDR. */
  readonly addresses: readonly string[]
  /** The one header that they set, and remove from what clients send. */
  readonly header: CertificateHeader
}

/**
 * Reads the certificates of a client, DER, its own first. Nobody has vouched for them: that the client has the key of the first is all that is
 * known. Throws `unauthorized` when there are too many, or a proxy's header cannot be read.
 */
export type ReadCertificates = (request: IncomingMessage) => readonly Uint8Array[]

/** More than any chain has that somebody built on purpose. */
const MAX_CERTIFICATES = 10

/**
 * The certificates that the client showed in the handshake of its connection; where the peer is one of the proxies, those of their header
 * instead, since its own are not the client's. Nobody else's header counts, and of the proxies no other header does: what they do not set they
 * may pass on from a client (attack `cert-auth`).
 */
export function certificateReader({ addresses, header }: CertificateProxies): ReadCertificates {
  const read = header === 'client-cert' ? fromClientCert : fromEscapedPem
  return ({ socket, headers }) => {
    const peer = plainAddress(socket.remoteAddress ?? '')
    const isProxy = addresses.length > 0 && containsAddress(addresses, peer)
    const certificates = isProxy ? read(headers) : shownBy(socket)
    if (certificates.length <= MAX_CERTIFICATES) return certificates
    throw unreadable(`more than ${MAX_CERTIFICATES} certificates were shown`)
  }
}

function shownBy(socket: IncomingMessage['socket']): readonly Uint8Array[] {
  if (!(socket instanceof TLSSocket)) return []
  const shown: Uint8Array[] = []
  let certificate = socket.getPeerX509Certificate()
  while (certificate !== undefined && shown.length <= MAX_CERTIFICATES) {
    shown.push(certificate.raw)
    certificate = certificate.issuerCertificate
  }
  return shown
}

/** URL-encoded PEM, as nginx has it in `$ssl_client_escaped_cert` (reference/conjur-api.md 6.6); perhaps a chain. */
function fromEscapedPem(headers: IncomingHttpHeaders): readonly Uint8Array[] {
  const escaped = textOf(headers['x-ssl-client-certificate'])
  if (escaped === '') return []
  const text = unescaped(escaped)
  if (!ONLY_PEM.test(text)) throw unreadable('X-SSL-Client-Certificate is not URL-encoded PEM')
  return Array.from(text.matchAll(PEM), ([, base64 = '']) => certificateOf(base64))
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g
const ONLY_PEM =
  /^(?:\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw unreadable('X-SSL-Client-Certificate is not URL-encoded', cause)
  }
}

/** RFC 9440 2: one byte sequence of structured fields, and a list of such for what vouches for it. */
function fromClientCert(headers: IncomingHttpHeaders): readonly Uint8Array[] {
  const own = textOf(headers['client-cert'])
  const chain = textOf(headers['client-cert-chain'])
  if (own === '') return []
  const above = chain === '' ? [] : chain.split(',')
  return [own, ...above].map((item) => {
    const base64 = /^\s*:([A-Za-z0-9+/=]+):\s*$/.exec(item)?.[1]
    if (base64 === undefined) throw unreadable('Client-Cert is not a byte sequence (RFC 9440)')
    return certificateOf(base64)
  })
}

/** The values of a header that came more than once make a text that none of the forms has. */
const textOf = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value?.join(',') ?? '')

function certificateOf(base64: string): Uint8Array {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).raw
  } catch (cause) {
    throw unreadable("the proxy's header holds something else than certificates", cause)
  }
}

const unreadable = (reason: string, cause?: unknown): Failure =>
  new Failure(
    'unauthorized',
    `CONJ00029E The client certificate is missing: ${reason}`,
    cause === undefined ? {} : { cause },
  )
