import { containsAddress } from '#lib/cidr.ts'
import { matchesGlob } from './glob.ts'
import type { Glob } from './glob.ts'

/**
 * One thing that is known of whoever presents a proof. It is what somebody is, and never a secret: it may stand in the audit trail and be
 * shown to operators.
 */
export interface Attribute {
  /** What it is, in the words of the authenticator that vouches for it: `k8s.namespace`, `jwt.repository`. */
  readonly name: string
  /** Usually one. None means that it is there and says nothing that a condition could be held against. */
  readonly values: readonly string[]
  /** Who says so: `token`, `client certificate`, `Kubernetes API`. */
  readonly source: string
}

/** The attribute that is the address which a request comes from. It is known of everybody, whoever vouches for the rest. */
export const SOURCE_ADDRESS = 'source-address'

/** What one value may be. */
export type Expected =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'pattern'; readonly text: string; readonly glob: Glob }
  /** An address, or one of a block of them. */
  | { readonly kind: 'network'; readonly text: string }
  /** What everybody says who vouches for the attribute of this name. */
  | { readonly kind: 'attribute'; readonly text: string }

/** What a role demands of one attribute of whoever authenticates as it. */
export interface Condition {
  readonly attribute: string
  /** What states it: the name of an annotation of the role's resource, or `the id of the host`. */
  readonly statedBy: string
  /** A value must be one of these. */
  readonly anyOf: readonly Expected[]
  /** The codes of reference/conjur-api.md 1.14 for an attribute that is not there and for one that says something else. */
  readonly codes?: { readonly missing: string; readonly failed: string }
}

/** How one condition came out. */
export interface Finding {
  readonly condition: Condition
  /** `missing` when nobody vouched for the attribute at all. */
  readonly outcome: 'passed' | 'failed' | 'missing'
  /** Who vouched for the attribute, several joined by commas; empty when it is missing. */
  readonly source: string
  readonly values: readonly string[]
}

/** How all conditions came out: one finding for each, in their order. */
export interface Verdict {
  readonly passed: boolean
  readonly findings: readonly Finding[]
}

/**
 * Holds `attributes` against `conditions`: every condition must hold, by one value at least of the attribute that it names. Where several
 * sources speak of one attribute, it must hold for each of them, so that none can talk another down.
 */
export function judge(conditions: readonly Condition[], attributes: readonly Attribute[]): Verdict {
  const findings = conditions.map((condition) => findingOf(condition, attributes))
  return { passed: findings.every(({ outcome }) => outcome === 'passed'), findings }
}

function findingOf(condition: Condition, attributes: readonly Attribute[]): Finding {
  const told = attributes.filter(({ name }) => name === condition.attribute)
  const isExpected = (value: string): boolean =>
    condition.anyOf.some((expected) => isOne(expected, value, attributes))
  const holds = told.every(({ values }) => values.some(isExpected))
  return {
    condition,
    outcome: told.length === 0 ? 'missing' : holds ? 'passed' : 'failed',
    source: told.map(({ source }) => source).join(', '),
    values: told.flatMap(({ values }) => values),
  }
}

function isOne(expected: Expected, value: string, attributes: readonly Attribute[]): boolean {
  switch (expected.kind) {
    case 'text':
      return expected.text === value
    case 'pattern':
      return matchesGlob(expected.glob, value)
    case 'network':
      return containsAddress([expected.text], value)
    case 'attribute':
      return isTold(expected.text, value, attributes)
  }
}

function isTold(name: string, value: string, attributes: readonly Attribute[]): boolean {
  const told = attributes.filter((attribute) => attribute.name === name)
  return told.length > 0 && told.every(({ values }) => values.includes(value))
}

/** The condition that an attribute is exactly `text`. */
export const exactly = (
  attribute: string,
  text: string,
  statedBy: string,
  codes?: Condition['codes'],
): Condition => ({
  attribute,
  statedBy,
  anyOf: [{ kind: 'text', text }],
  ...(codes === undefined ? {} : { codes }),
})
