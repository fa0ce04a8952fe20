import { X509Certificate } from 'node:crypto'
import { Failure } from '#lib/failure.ts'
import { UID } from './certificate-authority.ts'
import { loadX509 } from './x509-library.ts'

/** What a certificate says; nobody has vouched for it yet. */
export interface ClientCertificate {
  /** Every common name of its subject, in their order. */
  readonly commonNames: readonly string[]
  /** Every unique identifier of its subject. */
  readonly uids: readonly string[]
  readonly alternativeNames: readonly { readonly type: string; readonly value: string }[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** Whether `authority` names itself as one, is the issuer that the certificate names and signed it with its key. */
  isIssuedBy(authority: X509Certificate): boolean
}

/** Reads a certificate, DER; throws `argument_error` for what is none. */
export async function readClientCertificate(der: Uint8Array): Promise<ClientCertificate> {
  const x509 = await loadX509()
  try {
    const certificate = new X509Certificate(der)
    const read = new x509.X509Certificate(certificate.raw)
    const names = read.getExtension(x509.SubjectAlternativeNameExtension)
    return {
      commonNames: read.subjectName.getField('CN'),
      uids: read.subjectName.getField(UID),
      alternativeNames: (names?.names.items ?? []).map(({ type, value }) => ({ type, value })),
      notBefore: read.notBefore,
      notAfter: read.notAfter,
      isIssuedBy: (authority) =>
        authority.ca &&
        certificate.checkIssued(authority) &&
        certificate.verify(authority.publicKey),
    }
  } catch (cause) {
    throw new Failure('argument_error', 'the certificate cannot be read', { cause })
  }
}
