import { X509Certificate } from 'node:crypto'
import { algorithmOf } from '#crypto/signing-algorithm.ts'
import { Failure } from '#lib/failure.ts'

/** Whom an instance trusts. */
export interface Authorities {
  /** Those that are trusted by themselves: they have signed their own certificate. */
  readonly roots: readonly X509Certificate[]
  /** Those that are trusted when their path leads to a root; clients need not send them. */
  readonly others: readonly X509Certificate[]
}

/** The most certificates of a bundle: every login looks through it. */
const MAX_AUTHORITIES = 100

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The authorities in a text of PEM, comments aside. Throws `unauthorized` when one cannot be read, may not sign certificates or has a key that is
 * too weak, and when none is a root: nobody is admitted by half a bundle.
 */
export function readAuthorities(pem: string): Authorities {
  const found = pem.match(PEM) ?? []
  if (found.length > MAX_AUTHORITIES) {
    throw untrusted(`ca-cert holds more than ${MAX_AUTHORITIES} certificates`)
  }
  const all = found.map(readAuthority)
  const roots = all.filter(isSelfSigned)
  if (roots.length === 0) throw untrusted('ca-cert holds no root: no certificate signs itself')
  return { roots, others: all.filter((certificate) => !roots.includes(certificate)) }
}

function readAuthority(pem: string, index: number): X509Certificate {
  const named = `certificate ${index + 1} of ca-cert`
  const certificate = readOr(pem)
  if (certificate === undefined) throw untrusted(`${named} cannot be read`)
  if (!certificate.ca) throw untrusted(`${named} is not one of an authority`)
  if (!hasSoundKey(certificate)) throw untrusted(`${named} has a key that is too weak`)
  return certificate
}

/** A certificate in DER or PEM; `undefined` for anything else. */
export function readOr(bytes: Uint8Array | string): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
  } catch {
    // Whoever asked says what it was meant to be; OpenSSL knows no more than that it is none.
    return undefined
  }
}

/** Whether the key of a certificate is one that we take: RSA of 2048 to 8192 bits, P-256 or stronger, Ed25519. */
export function hasSoundKey(certificate: X509Certificate): boolean {
  try {
    return algorithmOf(certificate.publicKey) !== undefined
  } catch {
    // A kind of key that OpenSSL does not know.
    return false
  }
}

const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)

/** The subject of a certificate in one line. */
export const subjectOf = ({ subject }: X509Certificate): string =>
  (subject ?? '').replaceAll('\n', ', ')

/** The refusal of a certificate that is not trusted (reference/conjur-api.md 1.14). */
export const untrusted = (reason: string, cause?: unknown): Failure =>
  new Failure(
    'unauthorized',
    `CONJ00030E The client certificate is not trusted: ${reason}`,
    cause === undefined ? {} : { cause },
  )
