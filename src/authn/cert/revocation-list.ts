import type { X509Certificate, X509Crl, X509CrlEntry } from '@peculiar/x509'
import { X509Certificate as NodeCertificate } from 'node:crypto'
import { loadX509 } from '#crypto/x509-library.ts'
import { algorithmOf } from '#crypto/signing-algorithm.ts'
import { refused } from './refusal.ts'

/** Whom an authority has revoked, from a list that it signed. */
export interface RevocationList {
  /** The authority, as {@link authorityName} has it. */
  readonly authority: string
  /** Milliseconds since 1970. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** The numbers of certificates, as {@link plainSerial} has them. */
  readonly serials: ReadonlySet<string>
}

/** A text or a file of revocation lists, and who may have signed them, DER. */
export interface ListInput {
  readonly bytes: Uint8Array
  readonly authorities: readonly Uint8Array[]
}

/** Reads revocation lists. Throws `unauthorized` for one that is malformed, or that none of the authorities signed. */
export type ReadLists = (input: ListInput) => Promise<readonly RevocationList[]>

/** The most nodes of ASN.1 in a list: each certificate in it takes four or more. */
const MAX_NODES = 2_000_000

type X509 = Awaited<ReturnType<typeof loadX509>>

/** Reads revocation lists at once: the larger they are, the longer nothing else is done (RFC 5280 5). */
export const readListsHere: ReadLists = async ({ bytes, authorities }) => {
  const x509 = await loadX509()
  const signers = authorities.map((der) => new x509.X509Certificate(der))
  const lists = encodedIn(bytes)
  return Promise.all(lists.map((der) => readList(x509, der, signers)))
}

const PEM = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g

/** The lists in PEM, as many as there are; else the one that the bytes are, in base64 or as they are. */
function encodedIn(bytes: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1')
  const found = Array.from(text.matchAll(PEM), ([, base64 = '']) => Buffer.from(base64, 'base64'))
  if (found.length > 0) return found
  return [/^[A-Za-z0-9+/=\s]+$/.test(text) ? Buffer.from(text, 'base64') : bytes]
}

async function readList(
  x509: X509,
  der: Uint8Array,
  signers: readonly X509Certificate[],
): Promise<RevocationList> {
  const list = parse(x509, der)
  const signer = await signerOf(x509, list, signers)
  const { nextUpdate } = list
  if (nextUpdate === undefined) throw malformed('does not say when the next one comes')
  if (
    [...list.extensions, ...list.entries.flatMap(extensionsOf)].some(({ critical }) => critical)
  ) {
    throw malformed('has a critical extension, such as one that is of a part only')
  }
  return {
    authority: authorityName(new NodeCertificate(Buffer.from(signer.rawData))),
    thisUpdate: list.thisUpdate.getTime(),
    nextUpdate: nextUpdate.getTime(),
    serials: new Set(list.entries.map(({ serialNumber }) => plainSerial(serialNumber))),
  }
}

const extensionsOf = ({ extensions }: X509CrlEntry): X509CrlEntry['extensions'] => extensions

function parse(x509: X509, der: Uint8Array): X509Crl {
  try {
    return new x509.X509Crl(Buffer.from(der), { berOptions: { maxNodes: MAX_NODES } })
  } catch (cause) {
    throw malformed('cannot be read', cause)
  }
}

async function signerOf(
  x509: X509,
  list: X509Crl,
  signers: readonly X509Certificate[],
): Promise<X509Certificate> {
  const mayHave = signers.filter(
    (signer) => signer.subject === list.issuer && maySign(x509, signer) && isSound(list, signer),
  )
  for (const signer of mayHave) {
    // oxlint-disable-next-line no-await-in-loop -- the first ends it, and usually there is but one
    if (await list.verify({ publicKey: signer })) return signer
  }
  throw malformed('is signed by none of the authorities of ca-cert')
}

function maySign(x509: X509, signer: X509Certificate): boolean {
  const usages = signer.getExtension(x509.KeyUsagesExtension)?.usages
  return usages === undefined || (usages & x509.KeyUsageFlags.cRLSign) !== 0
}

/** The same strength is asked of a list as of a certificate. */
function isSound({ signatureAlgorithm }: X509Crl, signer: X509Certificate): boolean {
  const { publicKey } = new NodeCertificate(Buffer.from(signer.rawData))
  const hash = 'hash' in signatureAlgorithm ? signatureAlgorithm.hash.name : ''
  const isSoundHash = signatureAlgorithm.name === 'Ed25519' || /^SHA-(?:256|384|512)$/.test(hash)
  return isSoundHash && algorithmOf(publicKey) !== undefined
}

/** An authority by its name and key: whatever certificate of it is at hand. */
export const authorityName = ({ subject, publicKey }: NodeCertificate): string =>
  `${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')} ${subject}`

/** The number of a certificate in lower-case hexadecimal without zeros in front. */
export const plainSerial = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '')

const malformed = (reason: string, cause?: unknown): Error =>
  refused(`CONJ00030E The revocation list ${reason}`, cause === undefined ? {} : { cause })
