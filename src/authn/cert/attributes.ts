import type { X509Certificate } from 'node:crypto'
import type { CertificatePath } from './path.ts'
import type { Attribute } from '#domain/attestation.ts'
import { subjectOf } from './authorities.ts'
import type { CertificateNames } from './names.ts'
import { parseSpiffeId } from './spiffe-id.ts'

/** Of which attributes one alone says who somebody is; a common name, or who signed, does not (attack `cert-auth`). */
export const TELLING: ReadonlySet<string> = new Set([
  'cert.spiffe-id',
  'cert.uri',
  'cert.dns',
  'cert.ip',
  'cert.email',
  'cert.fingerprint',
])

/** Who signed, and the number that it gave: together they name one certificate. */
export const NUMBERED: readonly string[] = ['cert.serial', 'cert.issuer']

/** What a trusted certificate says of its bearer. */
export function attributesIn(
  [client, issuer]: CertificatePath,
  names: CertificateNames,
): readonly Attribute[] {
  const spiffeId = names.uri.length === 1 ? names.uri.filter(parseSpiffeId) : []
  const told: readonly (readonly [name: string, values: readonly string[]])[] = [
    ['cert.spiffe-id', spiffeId],
    ['cert.uri', names.uri],
    ['cert.dns', names.dns],
    ['cert.ip', names.ip],
    ['cert.email', names.email],
    ['cert.subject', [subjectOf(client)]],
    ...subjectParts(names),
    ['cert.issuer', [issuerOf(client)]],
    ['cert.issuer-fingerprint', issuer === undefined ? [] : [fingerprintOf(issuer)]],
    ['cert.serial', [client.serialNumber.toLowerCase()]],
    ['cert.fingerprint', [fingerprintOf(client)]],
  ]
  return told.flatMap(([name, values]) =>
    values.length === 0 ? [] : [{ name, values, source: 'client certificate' }],
  )
}

/** The parts of the subject by type: `cert.subject.cn`, `cert.subject.ou`. */
const subjectParts = ({
  subject,
}: CertificateNames): readonly (readonly [string, readonly string[]])[] =>
  [...Map.groupBy(subject, ([type]) => `cert.subject.${type.toLowerCase()}`)].map(
    ([name, parts]) => [name, parts.map(([, value]) => value)],
  )

const issuerOf = ({ issuer }: X509Certificate): string => (issuer ?? '').replaceAll('\n', ', ')

/** SHA-256 in lower-case hexadecimal. */
const fingerprintOf = ({ fingerprint256 }: X509Certificate): string =>
  fingerprint256.replaceAll(':', '').toLowerCase()
