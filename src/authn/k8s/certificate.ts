import { X509Certificate } from 'node:crypto'
import { readClientCertificate, type ClientCertificate } from '#crypto/client-certificate.ts'
import { Failure } from '#lib/failure.ts'
import { dotted } from './host-name.ts'
import { nameless, refused } from '#authn/kubernetes/refusal.ts'
import { podNameIn, type PodName } from './spiffe-id.ts'

/** What the certificate of a pod says, once it is known to be ours and in time. */
export interface PodCertificate {
  readonly name: PodName
  readonly uid: string
}

/** What a certificate is held against. */
export interface CertificateRules {
  /** PEM; the first signs, and certificates of the others still count. */
  readonly authorities: string
  /** The login that the request names. */
  readonly login: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * What the client's own certificate says, in the order of reference/kubernetes.md 1.14. Throws `unauthorized` when there is none, no authority of
 * the instance issued it, it is for another host or not in time, `unprocessable_entity` when it has no name.
 */
export async function podCertificateIn(
  certificates: readonly Uint8Array[],
  { authorities, login, now }: CertificateRules,
): Promise<PodCertificate> {
  const [own] = certificates
  if (own === undefined) throw refused('CONJ00029E The client certificate is missing')
  const certificate = await readOrRefuse(own)
  const commonName = nameIn(certificate)
  if (!isTrusted(certificate, authoritiesIn(authorities), now)) {
    throw refused('CONJ00030E No authority of this authenticator issued the client certificate')
  }
  if (commonName !== dotted(login)) {
    throw refused('CONJ00031E The client certificate is for another host than the request')
  }
  if (!isCurrent(certificate, now)) throw refused('CONJ00032E The client certificate has expired')
  const name = podNameIn(certificate.alternativeNames)
  const [uid, ...others] = certificate.uids
  if (uid === undefined || others.length > 0) {
    throw refused('CONJ00030E The client certificate does not say which pod it was issued to')
  }
  return { name, uid }
}

function nameIn({ commonNames }: ClientCertificate): string {
  const [name = '', ...others] = commonNames
  if (name === '') throw nameless('CONJ00059E The client certificate has no common name')
  if (others.length === 0) return name
  throw refused('CONJ00031E The client certificate has more than one common name')
}

async function readOrRefuse(der: Uint8Array): Promise<ClientCertificate> {
  try {
    return await readClientCertificate(der)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw refused('CONJ00030E The client certificate cannot be read', error)
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** All certificates of a text; throws `unauthorized` with `what` when one of them cannot be read. */
export function certificatesIn(pem: string, what: string): readonly X509Certificate[] {
  try {
    return (pem.match(CERTIFICATE) ?? []).map((one) => new X509Certificate(one))
  } catch (cause) {
    throw refused(`${what} holds something else than certificates`, cause)
  }
}

/** The authorities of `ca/cert`. */
export const authoritiesIn = (pem: string): readonly X509Certificate[] =>
  certificatesIn(pem, 'CONJ00155E The value of ca/cert')

/** What an authority has signed is worth nothing any more once its own time is over. */
const isTrusted = (
  certificate: ClientCertificate,
  authorities: readonly X509Certificate[],
  now: number,
): boolean =>
  authorities.some(
    (authority) =>
      isCurrent({ notBefore: authority.validFromDate, notAfter: authority.validToDate }, now) &&
      certificate.isIssuedBy(authority),
  )

/** Whether a time lies within what a certificate is good for. */
export const isCurrent = (
  { notBefore, notAfter }: Pick<ClientCertificate, 'notBefore' | 'notAfter'>,
  now: number,
): boolean => notBefore.getTime() <= now && now <= notAfter.getTime()
