import { KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import { loadX509, newSerialNumber } from './x509-library.ts'

/** What an authority is to be. */
export interface NewAuthority {
  readonly commonName: string
  readonly unit: string
  readonly organization: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/** An authority that was just made. */
export interface AuthorityPair {
  readonly certPem: string
  /** PKCS #8. */
  readonly keyPem: string
  /** SHA-256 of the certificate, upper-case hex with colons. */
  readonly fingerprint256: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A new P-256 key with its self-signed certificate, which may sign certificates of clients and servers and no other authority. */
export async function createAuthority(wanted: NewAuthority): Promise<AuthorityPair> {
  const x509 = await loadX509()
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const { commonName, unit, organization, notBefore, notAfter } = wanted
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: new x509.Name([
      { CN: [{ utf8String: commonName }] },
      { OU: [{ utf8String: unit }] },
      { O: [{ utf8String: organization }] },
    ]),
    serialNumber: newSerialNumber(),
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const certPem = `${certificate.toString('pem')}\n`
  return {
    certPem,
    keyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint256: new X509Certificate(certPem).fingerprint256,
  }
}
