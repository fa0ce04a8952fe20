import type { Condition } from '#domain/attestation.ts'
import { readAuthorities, type Authorities } from './authorities.ts'
import { conditionsIn, DEMAND_NAMES } from './demands.ts'
import { hostModeOf, type HostMode } from './identity.ts'
import { refused } from './refusal.ts'

/** The settings that are declared; each has a value. */
export type Declared = ReadonlyMap<string, string>

/** Where the revocation lists of an instance are. */
export type ListSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'url'; readonly url: string }

/** What an instance was configured to accept. */
export interface CertSettings {
  readonly authorities: Authorities
  readonly mode: HostMode
  /** What every certificate must meet, whoever it belongs to. */
  readonly conditions: readonly Condition[]
  /** Absent when nothing is said of revocation. */
  readonly lists: ListSource | undefined
}

/** The settings of an instance; throws `unauthorized` when they contradict each other or one is malformed. */
export function readSettings(declared: Declared): CertSettings {
  return {
    authorities: authoritiesIn(declared),
    mode: hostModeOf(declared),
    conditions: generalConditions(declared),
    lists: listSource(declared),
  }
}

/** The authorities that are trusted. */
export const authoritiesIn = (declared: Declared): Authorities =>
  readAuthorities(declared.get('ca-cert') ?? '')

/** What the variables demand of every certificate. */
export const generalConditions = (declared: Declared): readonly Condition[] =>
  DEMAND_NAMES.flatMap((name) => {
    const value = declared.get(name)
    return value === undefined ? [] : conditionsIn(name, value, name)
  })

/** Where the revocation lists are; throws `unauthorized` when there are two places. */
export function listSource(declared: Declared): ListSource | undefined {
  const text = declared.get('crl')
  const url = declared.get('crl-url')
  if (text !== undefined && url !== undefined) {
    throw refused('CONJ00122E The settings of revocation are invalid: set crl or crl-url, not both')
  }
  if (text !== undefined) return { kind: 'text', text }
  return url === undefined ? undefined : { kind: 'url', url }
}
