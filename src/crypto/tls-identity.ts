import { webcrypto, X509Certificate } from 'node:crypto'
import { loadX509, newSerialNumber } from './x509-library.ts'

/** For which names and how long a server certificate stands. */
export interface TlsIdentityOptions {
  readonly hostnames: readonly string[]
  /** IP addresses, version 4 or 6. */
  readonly addresses: readonly string[]
  readonly now: Date
  readonly days: number
}

/** A server's certificate and key. */
export interface TlsIdentity {
  readonly certPem: string
  readonly keyPem: string
  /** SHA-256 of the certificate, upper-case hex with colons: what a person compares on first contact. */
  readonly fingerprint256: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000

/**
 * A self-signed P-256 server certificate for a first start: clients trust it by being given it. It may sign no other
 * certificate, and begins an hour before `now` for clients whose clock is behind.
 */
export async function createTlsIdentity(options: TlsIdentityOptions): Promise<TlsIdentity> {
  const { hostnames, addresses, now, days } = options
  const x509 = await loadX509()
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: ['strongroom'] }],
    serialNumber: newSerialNumber(),
    notBefore: new Date(now.getTime() - DAY / 24),
    notAfter: new Date(now.getTime() + days * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...hostnames.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const certPem = `${certificate.toString('pem')}\n`
  const keyPem = pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { certPem, keyPem, fingerprint256: new X509Certificate(certPem).fingerprint256 }
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
