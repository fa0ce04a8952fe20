import type { X509Certificate } from 'node:crypto'
import type { X509Certificate as ParsedCertificate } from '@peculiar/x509'
import { loadX509 } from '#crypto/x509-library.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { subjectOf, untrusted } from './authorities.ts'

/** SHA-256 and stronger, with RSA (PKCS #1), ECDSA and Ed25519. */
const SOUND_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
])

const NAME_CONSTRAINTS = '2.5.29.30'

/** The extensions that are understood, or that may be critical and change nothing here: the rest is refused when critical. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  // Identifiers of keys, key usage, alternative names, basic constraints, policies, extended key usage.
  '2.5.29.14',
  '2.5.29.35',
  '2.5.29.15',
  '2.5.29.17',
  '2.5.29.19',
  '2.5.29.32',
  '2.5.29.37',
])

/** Extended key usages that allow a certificate to prove a client. */
const FOR_CLIENTS: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.2', '2.5.29.37.0'])

/** What one certificate of a path is used for. */
export type Part =
  | { readonly kind: 'client' }
  | {
      readonly kind: 'authority'
      readonly isRoot: boolean
      /** How many authorities are between it and the client, without those that signed themselves. */
      readonly below: number
    }

/**
 * Why a certificate is not fit for its part of a path at the time `now`, milliseconds since 1970; `undefined` when it is (RFC 5280 6.1).
 */
export async function unfitness(
  certificate: X509Certificate,
  part: Part,
  now: number,
): Promise<Failure | undefined> {
  const named = quoted(subjectOf(certificate))
  if (certificate.validToDate.getTime() <= now) {
    return new Failure('unauthorized', `CONJ00032E The certificate ${named} has expired`)
  }
  if (certificate.validFromDate.getTime() > now) return untrusted(`${named} is not valid yet`)
  const reason =
    weakness(certificate, part) ??
    ofUsage(certificate, part) ??
    (await ofExtensions(certificate, part))
  return reason === undefined ? undefined : untrusted(`${named} ${reason}`)
}

/** How a root signed itself proves nothing, so that it does not matter. */
const weakness = ({ signatureAlgorithmOid }: X509Certificate, part: Part): string | undefined =>
  (part.kind === 'authority' && part.isRoot) || SOUND_SIGNATURES.has(signatureAlgorithmOid)
    ? undefined
    : 'is signed with an algorithm that is not taken'

function ofUsage({ ca, keyUsage }: X509Certificate, part: Part): string | undefined {
  if (ca !== (part.kind === 'authority')) {
    return ca ? 'is one of an authority, not of a client' : 'is not one of an authority'
  }
  // The authorities of a path narrow what it is for, roots aside, which are trusted as they are.
  const isBound = part.kind === 'client' || !part.isRoot
  const isForClients = keyUsage?.some((usage) => FOR_CLIENTS.has(usage)) ?? true
  return isBound && !isForClients ? 'is not for clients (extended key usage)' : undefined
}

async function ofExtensions(certificate: X509Certificate, part: Part): Promise<string | undefined> {
  const x509 = await loadX509()
  const parsed = parse(x509, certificate)
  if (parsed === undefined) return 'cannot be read'
  return notUnderstood(parsed) ?? ofKeyUsage(x509, parsed, part) ?? ofLength(x509, parsed, part)
}

type X509 = Awaited<ReturnType<typeof loadX509>>

function ofKeyUsage(x509: X509, parsed: ParsedCertificate, { kind }: Part): string | undefined {
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags
  const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages
  const needed = kind === 'client' ? digitalSignature : keyCertSign
  return usages === undefined || (usages & needed) !== 0
    ? undefined
    : 'has a key that is not for this (key usage)'
}

function ofLength(x509: X509, parsed: ParsedCertificate, part: Part): string | undefined {
  const longest = parsed.getExtension(x509.BasicConstraintsExtension)?.pathLength
  return part.kind === 'authority' && longest !== undefined && part.below > longest
    ? 'may not have so long a path below it'
    : undefined
}

/** The library reads what Node does not tell of a certificate that OpenSSL has read. */
function parse(x509: X509, { raw }: X509Certificate): ParsedCertificate | undefined {
  try {
    return new x509.X509Certificate(raw)
  } catch {
    // The caller says that it cannot be read; that is all there is to know.
    return undefined
  }
}

/** RFC 5280 4.2: an extension comes once; who does not understand a critical one must refuse the certificate. */
function notUnderstood({ extensions }: ParsedCertificate): string | undefined {
  const types = extensions.map(({ type }) => type)
  if (new Set(types).size < types.length) return 'has an extension twice'
  if (types.includes(NAME_CONSTRAINTS)) return 'has name constraints, which are not supported'
  const unknown = extensions.find(({ critical, type }) => critical && !UNDERSTOOD.has(type))
  return unknown && `has a critical extension that is not understood: ${unknown.type}`
}
