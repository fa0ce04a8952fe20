import { createHash, X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import { checkServerIdentity } from 'node:tls'
import { Failure, quoted } from '#lib/failure.ts'

/** The code of the error for a certificate that is trusted but not pinned. */
export const NOT_PINNED = 'ERR_CERTIFICATE_NOT_PINNED'

/** The check of a server's name and certificate for `https.Agent`. */
export type CheckServer = (host: string, certificate: PeerCertificate) => Error | undefined

/**
 * Demands, over and above that the chain is trusted and the name is right, that one of `pins` is the server's own certificate: the SHA-256 of its
 * key (`sha256/` and base64, RFC 7469 2.4) or of the whole certificate (hexadecimal, with or without colons). Certificates above it do not count: a
 * server can send those of others along. Throws `configuration` for anything else, and for no pin at all.
 */
export function pinnedTo(pins: readonly string[]): CheckServer {
  const pinned = new Set(pins.map(normalPin))
  if (pinned.size === 0) {
    throw new Failure('configuration', 'there must be at least one pin', {
      hint: 'leave the pins out to trust every certificate that is vouched for',
    })
  }
  return (host, certificate) => {
    const fault = checkServerIdentity(host, certificate)
    if (fault !== undefined || pinsOf(certificate).some((pin) => pinned.has(pin))) return fault
    return Object.assign(new Error('the certificate is not a pinned one'), { code: NOT_PINNED })
  }
}

/** The two pins by which a certificate is known. */
function pinsOf({ raw }: PeerCertificate): readonly string[] {
  const { fingerprint256, publicKey } = new X509Certificate(raw)
  const key = publicKey.export({ type: 'spki', format: 'der' })
  return [`sha256/${createHash('sha256').update(key).digest('base64')}`, plain(fingerprint256)]
}

function normalPin(pin: string): string {
  if (/^sha256\/[A-Za-z0-9+/]{43}=$/.test(pin)) return pin
  const fingerprint = plain(pin)
  if (/^[0-9A-F]{64}$/.test(fingerprint)) return fingerprint
  throw new Failure('configuration', `${quoted(pin)} is not a pin`, {
    hint: 'it is sha256/ and the base64 of the SHA-256 of a public key, or the SHA-256 fingerprint of a certificate in hexadecimal',
  })
}

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toUpperCase()
