import { isIP } from 'node:net'
import type { Annotated } from '#app/authenticator.ts'
import type { Condition, Expected } from '#domain/attestation.ts'
import { parseGlob, type Separator } from '#domain/glob.ts'
import { restrictionsIn } from '#domain/restrictions.ts'
import { quoted } from '#lib/failure.ts'
import { NUMBERED, TELLING } from './attributes.ts'
import { canonicalAddress } from './names.ts'
import { refused } from './refusal.ts'

/** What a certificate can be held to in Conjur's spelling: in an annotation of a host, or in a variable for all hosts. */
interface Demand {
  readonly attribute: string
  /** One thing that it may say; `undefined` when it cannot be one. */
  readonly parse: (item: string) => Expected | undefined
  /** Whether commas separate several, all of which must hold. */
  readonly isList: boolean
}

const text = (value: string): Expected => ({ kind: 'text', text: value })

const pattern = (value: string, separator: Separator): Expected => ({
  kind: 'pattern',
  text: value,
  glob: parseGlob(value, separator),
})

const DNS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/
/** An asterisk begins a label or is all of it; the last two have none. */
const DNS_PATTERN = /^(?:(?:\*[a-z0-9_-]*|[a-z0-9_-]+)\.)+[a-z0-9_-]+\.[a-z0-9_-]+$/

function dnsName(item: string): Expected | undefined {
  const name = item.toLowerCase()
  if (DNS.test(name)) return text(name)
  return DNS_PATTERN.test(name) ? pattern(name, '.') : undefined
}

const URI = /^[a-z][a-z0-9+.-]*:[\u0021-\u007e]+$/i
/** An asterisk is a whole segment of the path. */
const URI_PATTERN = /^(?!spiffe:)[a-z][a-z0-9+.-]*:\/\/[^*/\\]+(?:\/(?:\*|[^*/\\]*))+$/i

function uri(item: string): Expected | undefined {
  if (!item.includes('*')) return URI.test(item) ? text(item) : undefined
  return URI_PATTERN.test(item) ? pattern(item, '/') : undefined
}

const address = (item: string): Expected | undefined =>
  isIP(item) === 0 ? undefined : text(canonicalAddress(item))

/** A name with an asterisk is one of the DNS; without, it is whatever stands there. */
const commonName = (item: string): Expected | undefined => {
  if (!item.includes('*')) return text(item)
  return DNS_PATTERN.test(item.toLowerCase()) ? pattern(item, '.') : undefined
}

const DEMANDS: Readonly<Record<string, Demand>> = {
  'san-uri': { attribute: 'cert.uri', parse: uri, isList: true },
  'san-dns': { attribute: 'cert.dns', parse: dnsName, isList: true },
  'san-ip': { attribute: 'cert.ip', parse: address, isList: true },
  cn: { attribute: 'cert.subject.cn', parse: commonName, isList: false },
}

/** The longest item, and the longest that is a pattern, in UTF-16 code units. */
const MAX_ITEM = 2048
const MAX_PATTERN = 256

const isShort = (item: string): boolean =>
  item.length <= (item.includes('*') ? MAX_PATTERN : MAX_ITEM)

/** The names of demands. */
export const DEMAND_NAMES: readonly string[] = Object.keys(DEMANDS)

/**
 * The conditions that the value of a demand states: one for each of its items, all of which must hold. Throws `unauthorized` when one is
 * malformed.
 */
export function conditionsIn(name: string, value: string, statedBy: string): readonly Condition[] {
  const demand = DEMANDS[name]
  if (demand === undefined) throw new Error(`${name} is no demand`)
  const items = demand.isList ? value.split(',').map((item) => item.trim()) : [value.trim()]
  return items.map((item) => {
    const expected = isShort(item) ? demand.parse(item) : undefined
    if (expected === undefined) {
      throw refused(
        `CONJ00119E ${quoted(statedBy)} holds ${quoted(item)}, which no certificate can meet`,
      )
    }
    return { attribute: demand.attribute, statedBy, anyOf: [expected] }
  })
}

/** What a role demands in Conjur's spelling. Throws `unauthorized` for an annotation that is unknown or malformed. */
export const demandedBy = ({ annotations }: Annotated, service: string): readonly Condition[] =>
  [
    ...restrictionsIn(annotations, { type: 'authn-cert', service, known: DEMAND_NAMES }).values(),
  ].flatMap(({ name, value, statedBy }) => conditionsIn(name, value, statedBy))

/**
 * Throws `unauthorized` unless the conditions say which certificate is meant: by a name that is not only the common name, by its fingerprint,
 * or by its issuer and number (attack `cert-auth`, CVE-2025-6037).
 */
export function mustTell(conditions: readonly Condition[]): void {
  if (conditions.length === 0) {
    throw refused('CONJ00099E The role has no annotation that says which certificate is its own')
  }
  const attributes = new Set(conditions.map(({ attribute }) => attribute))
  const tells = [...attributes].some((attribute) => TELLING.has(attribute))
  if (tells || NUMBERED.every((attribute) => attributes.has(attribute))) return
  throw refused(
    'CONJ00057E The role must state more than a subject: a name besides the common one, a fingerprint, or issuer and serial',
  )
}
