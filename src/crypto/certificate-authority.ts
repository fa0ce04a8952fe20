import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { KeyUsagesExtension, Pkcs10CertificateRequest } from '@peculiar/x509'
import { Failure } from '#lib/failure.ts'
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
}

/** A certificate that was just made. */
export interface IssuedCertificate {
  readonly pem: string
  /** Hexadecimal. */
  readonly serialNumber: string
}

type Algorithm =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: string }
  | { readonly name: 'ECDSA'; readonly namedCurve: string; readonly hash: string }
  | { readonly name: 'Ed25519' }

/** The curves that are taken, by their OpenSSL names; each with the hash of its strength. */
const CURVES: Readonly<Record<string, Algorithm>> = {
  prime256v1: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
}

/** In bits: below the first they are broken one day, above the second checking a signature costs too much. */
const RSA_BITS = { fewest: 2048, most: 8192 } as const

/** By what a key signs; `undefined` for a kind or size of key that is not taken. */
function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails,
}: KeyObject): Algorithm | undefined {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'ec') return CURVES[namedCurve]
  if (asymmetricKeyType === 'ed25519') return { name: 'Ed25519' }
  const isSound = modulusLength >= RSA_BITS.fewest && modulusLength <= RSA_BITS.most
  return asymmetricKeyType === 'rsa' && isSound
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    : undefined
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
 * is good for servers and clients. Throws `forbidden` when the signature does not hold, `argument_error` for what is no request or a
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
  const hasName = order.commonName.length <= MAX_COMMON_NAME
  const issued = await x509.X509CertificateGenerator.create({
    serialNumber,
    subject: hasName ? [{ CN: [order.commonName] }] : [],
    issuer: issuer.subjectName,
    notBefore: order.notBefore,
    notAfter: order.notAfter,
    publicKey: request.publicKey,
    signingKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      keyUsagesOf(x509, request),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
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

/** The longest common name (RFC 5280 appendix A); a longer one is left out. */
const MAX_COMMON_NAME = 64

function mustSign(privateKey: KeyObject): Algorithm {
  const algorithm = algorithmOf(privateKey)
  if (algorithm === undefined) throw new Error('an authority has a key that is not taken')
  return algorithm
}

/** The request, once its sender is known to have its key. */
async function genuineRequest(text: string): Promise<Pkcs10CertificateRequest> {
  const request = await readRequest(text)
  if (!(await isProven(request))) {
    throw new Failure('forbidden', 'the signature of the certificate signing request does not hold')
  }
  return request
}

async function readRequest(text: string): Promise<Pkcs10CertificateRequest> {
  const x509 = await loadX509()
  let request
  let key
  try {
    request = new x509.Pkcs10CertificateRequest(text)
    key = createPublicKey({
      key: Buffer.from(request.publicKey.rawData),
      format: 'der',
      type: 'spki',
    })
  } catch (error) {
    throw malformed('csr is not a certificate signing request', error)
  }
  if (algorithmOf(key) === undefined) {
    throw malformed('csr has a key that is not RSA of 2048 to 8192 bits, P-256 or stronger')
  }
  return request
}

async function isProven(request: Pkcs10CertificateRequest): Promise<boolean> {
  try {
    return await request.verify()
  } catch (error) {
    throw malformed('csr has a signature of an unknown kind', error)
  }
}

const malformed = (text: string, cause?: unknown): Failure =>
  new Failure('argument_error', text, cause === undefined ? {} : { cause })
