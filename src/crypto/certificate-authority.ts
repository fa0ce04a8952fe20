import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { KeyUsagesExtension, Pkcs10CertificateRequest } from '@peculiar/x509'
import { Failure } from '#lib/failure.ts'
import { genuineRequest } from './certificate-request.ts'
import { algorithmOf, type Algorithm } from './signing-algorithm.ts'
import { loadX509, newSerialNumber } from './x509-library.ts'

/** A certificate authority that is ready to sign. */
export interface Authority {
  readonly certificate: X509Certificate
  readonly privateKey: KeyObject
}

/** What an authority is made of. */
export interface AuthorityMaterial {
  /** The private key in PEM. */
  readonly key: Uint8Array
  readonly passphrase?: Uint8Array
  /** PEM; the first certificate is that of the authority itself. */
  readonly chain: string
}

/** What the certificate says; of the request nothing counts but its key. */
export interface CertificateOrder {
  /** A certificate signing request in PEM (RFC 2986). */
  readonly request: string
  readonly commonName: string
  readonly dnsNames: readonly string[]
  readonly uris: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /**
   * A certificate by which one program is known to its own server, and to nobody else: it has the common name however long that is, this
   * unique identifier in its subject, and is good for clients alone.
   */
  readonly clientUid?: string
}

/** A certificate that was just made. */
export interface IssuedCertificate {
  readonly pem: string
  /** Hexadecimal. */
  readonly serialNumber: string
}

/**
 * The authority of a key and its certificate. Throws `configuration` when one of them cannot be read, they do not belong together, or the
 * certificate is not one of an authority; the message tells which, and nothing of what they hold.
 */
export function openAuthority({ key, passphrase, chain }: AuthorityMaterial): Authority {
  const certificate = readOr('the certificate chain', () => new X509Certificate(chain))
  const privateKey = readOr('the private key', () =>
    createPrivateKey({
      key: Buffer.from(key.buffer, key.byteOffset, key.byteLength),
      ...(passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) }),
    }),
  )
  if (algorithmOf(privateKey) === undefined) {
    throw misconfigured('the private key is neither RSA of 2048 to 8192 bits nor P-256 or stronger')
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw misconfigured('the private key is not that of the first certificate of the chain')
  }
  if (!certificate.ca) {
    throw misconfigured('the first certificate of the chain is not one of an authority')
  }
  return { certificate, privateKey }
}

/** The cause is left out: what reads a key may quote it. */
function readOr<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw misconfigured(`${what} cannot be read`)
  }
}

const misconfigured = (text: string): Failure => new Failure('configuration', text)

/**
 * A certificate for the key of a request, whose signature proves that whoever sent it has that key. It may sign no other certificate and
 * is good for servers and clients, unless the order says otherwise. Throws `forbidden` when the signature does not hold, `argument_error` for what is no request or a
 * key that is too weak.
 */
export async function issueCertificate(
  { certificate, privateKey }: Authority,
  order: CertificateOrder,
): Promise<IssuedCertificate> {
  const x509 = await loadX509()
  const request = await genuineRequest(order.request)
  const issuer = new x509.X509Certificate(certificate.raw)
  const serialNumber = newSerialNumber()
  const algorithm = mustSign(privateKey)
  const { clientUid } = order
  const hasName = clientUid !== undefined || order.commonName.length <= MAX_COMMON_NAME
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage
  const issued = await x509.X509CertificateGenerator.create({
    serialNumber,
    // Marked as texts: of others the library takes quotation marks, backslashes and hashes for a notation.
    subject: new x509.Name([
      ...(hasName ? [{ CN: [{ utf8String: order.commonName }] }] : []),
      ...(clientUid === undefined ? [] : [{ [UID]: [{ utf8String: clientUid }] }]),
    ]),
    issuer: issuer.subjectName,
    notBefore: order.notBefore,
    notAfter: order.notAfter,
    publicKey: request.publicKey,
    signingKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      keyUsagesOf(x509, request),
      new x509.ExtendedKeyUsageExtension(
        clientUid === undefined ? [serverAuth, clientAuth] : [clientAuth],
      ),
      new x509.SubjectAlternativeNameExtension(
        [
          ...order.dnsNames.map((value) => ({ type: 'dns' as const, value })),
          ...order.uris.map((value) => ({ type: 'url' as const, value })),
        ],
        // A certificate without a subject says so (RFC 5280 4.2.1.6).
        !hasName,
      ),
      await x509.SubjectKeyIdentifierExtension.create(request.publicKey),
      await authorityKeyId(x509, issuer),
    ],
  })
  return { pem: `${issued.toString('pem')}\n`, serialNumber }
}

/** Only RSA keys encrypt other keys. */
function keyUsagesOf(x509: X509, { publicKey }: Pkcs10CertificateRequest): KeyUsagesExtension {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  const isRsa = publicKey.algorithm.name.startsWith('RSA')
  const usages = isRsa ? digitalSignature | keyEncipherment : digitalSignature
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- two flags together are a number
  return new x509.KeyUsagesExtension(usages, true)
}

type X509 = Awaited<ReturnType<typeof loadX509>>

/** The identifier that the authority gave its own key, whichever way it was made (RFC 5280 4.2.1.1). */
async function authorityKeyId(
  x509: X509,
  issuer: InstanceType<X509['X509Certificate']>,
): Promise<InstanceType<X509['AuthorityKeyIdentifierExtension']>> {
  const own = issuer.getExtension(x509.SubjectKeyIdentifierExtension)
  return own === null
    ? x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey)
    : new x509.AuthorityKeyIdentifierExtension(own.keyId)
}

/** The attribute of a subject that holds a unique identifier (RFC 4519 2.39). */
export const UID = '0.9.2342.19200300.100.1.1'

/** The longest common name (RFC 5280 appendix A); a longer one is left out. */
const MAX_COMMON_NAME = 64

function mustSign(privateKey: KeyObject): Algorithm {
  const algorithm = algorithmOf(privateKey)
  if (algorithm === undefined) throw new Error('an authority has a key that is not taken')
  return algorithm
}
