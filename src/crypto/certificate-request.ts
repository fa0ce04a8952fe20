import { createPublicKey } from 'node:crypto'
import type { Pkcs10CertificateRequest } from '@peculiar/x509'
import { Failure } from '#lib/failure.ts'
import { algorithmOf } from './signing-algorithm.ts'
import { loadX509 } from './x509-library.ts'

/** What a certificate signing request asks for. */
export interface RequestedNames {
  /** Every common name of its subject, in their order. */
  readonly commonNames: readonly string[]
  /** Every name that it wants beside its subject: `url`, `dns`, `ip`, `email` and the like. */
  readonly alternativeNames: readonly { readonly type: string; readonly value: string }[]
  /** The object identifiers of what else it wants to stand in the certificate. */
  readonly otherExtensions: readonly string[]
}

/** The object identifier of a subject's alternative names (RFC 5280 4.2.1.6). */
const ALTERNATIVE_NAMES = '2.5.29.17'

/**
 * What a request in PEM (RFC 2986) asks for, once its signature has proved that whoever sent it has its key. Throws `forbidden` when the
 * signature does not hold, `argument_error` for what is no request or has a key that is too weak.
 */
export async function readCertificateRequest(text: string): Promise<RequestedNames> {
  const x509 = await loadX509()
  const request = await genuineRequest(text)
  const names = request.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.items)
  return {
    commonNames: request.subjectName.getField('CN'),
    alternativeNames: names.map(({ type, value }) => ({ type, value })),
    otherExtensions: request.extensions
      .map(({ type }) => type)
      .filter((type) => type !== ALTERNATIVE_NAMES),
  }
}

/** The request, once its sender is known to have its key; throws like {@link readCertificateRequest}. */
export async function genuineRequest(text: string): Promise<Pkcs10CertificateRequest> {
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
