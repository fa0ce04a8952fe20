import { isIP, SocketAddress } from 'node:net'
import type { X509Certificate } from 'node:crypto'
import { loadX509 } from '#crypto/x509-library.ts'
import { untrusted } from './authorities.ts'

/** The names in a certificate, each kind in the order in which they stand there. */
export interface CertificateNames {
  /** In lower case. */
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  /** In the shortest spelling. */
  readonly ip: readonly string[]
  readonly email: readonly string[]
  /** The parts of the subject: each type, such as `CN`, with its values. */
  readonly subject: readonly (readonly [type: string, value: string])[]
}

/**
 * The names in a certificate. Throws `unauthorized` when one holds what no such name can, and when there is one of a kind that cannot be read:
 * what is not understood could be the one that counts.
 */
export async function namesIn(certificate: X509Certificate): Promise<CertificateNames> {
  const x509 = await loadX509()
  const { subjectName, items } = readOr(() => {
    const parsed = new x509.X509Certificate(certificate.raw)
    const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names
    return { subjectName: parsed.subjectName, items: names?.items ?? [] }
  })
  const of = (wanted: string): readonly string[] =>
    items.filter(({ type }) => type === wanted).map(({ value }) => mustBePlain(value))
  return {
    dns: of('dns').map((name) => name.toLowerCase()),
    uri: of('url'),
    ip: of('ip').map(canonicalAddress),
    email: of('email'),
    subject: subjectName
      .toJSON()
      .flatMap((part) =>
        Object.entries(part).flatMap(([type, values]) =>
          values.flatMap((value) => (typeof value === 'string' ? [[type, value] as const] : [])),
        ),
      ),
  }
}

function readOr<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw untrusted('its names cannot be read', cause)
  }
}

/** A name with a NUL or a line break in it reads differently to different readers. */
function mustBePlain(value: string): string {
  if (/^[\u0021-\u007e]+$/.test(value)) return value
  throw untrusted('one of its names has characters that no such name has')
}

/** An address in the shortest spelling; anything else as it is. */
export function canonicalAddress(address: string): string {
  const version = isIP(address)
  if (version === 0) return address
  return new SocketAddress({ address, family: version === 4 ? 'ipv4' : 'ipv6' }).address
}
