import type { PeerCertificate } from 'node:tls'
import { checkServerIdentity } from 'node:tls'
import { Failure, quoted } from '#lib/failure.ts'

/** The code of the error for a certificate that is trusted but not the pinned one. */
export const NOT_PINNED = 'ERR_CERTIFICATE_NOT_PINNED'

/** The check of a server's name and certificate for `https.Agent`. */
export type CheckServer = (host: string, certificate: PeerCertificate) => Error | undefined

/**
 * Demands the certificate with this SHA-256 fingerprint, over and above that the chain is trusted and the name is right. Throws `configuration`
 * when it is no fingerprint.
 */
export function pinnedTo(fingerprint: string): CheckServer {
  const pinned = plain(fingerprint)
  if (!/^[0-9A-F]{64}$/.test(pinned)) {
    throw new Failure('configuration', `${quoted(fingerprint)} is not a SHA-256 fingerprint`, {
      hint: 'it has 64 hexadecimal digits, with or without colons',
    })
  }
  return (host, certificate) => {
    const fault = checkServerIdentity(host, certificate)
    if (fault !== undefined || plain(certificate.fingerprint256) === pinned) return fault
    return Object.assign(new Error('the certificate is not the pinned one'), { code: NOT_PINNED })
  }
}

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toUpperCase()
