import { Failure, quoted } from '#lib/failure.ts'

/** What one annotation in Conjur's spelling says: `authn-azure/prod/subscription-id`. */
export interface Restriction {
  /** `subscription-id`. */
  readonly name: string
  readonly value: string
  /** The annotation. */
  readonly statedBy: string
}

/** Whose annotations are read, and which of them count. */
export interface RestrictionRules {
  /** `authn-azure`. */
  readonly type: string
  /** Absent for a type of which there is only one. */
  readonly service?: string
  /** The names that the authenticator knows; any other is refused, because it would restrict nothing. All, when absent. */
  readonly known?: readonly string[]
  /** Whether a restriction without a value is refused, and not passed over. */
  readonly refusesEmpty?: true
}

/**
 * The restrictions of a role for an instance, by name, in Conjur's spelling (reference/conjur-api.md 6.1): `TYPE/SERVICE/NAME`, and
 * `TYPE/NAME` for all services unless the first says otherwise. Those of other services are passed over, and empty ones unless the rules
 * say otherwise. Throws `unauthorized` for a name that is not known.
 */
export function restrictionsIn(
  annotations: ReadonlyMap<string, string>,
  { type, service, known, refusesEmpty }: RestrictionRules,
): ReadonlyMap<string, Restriction> {
  const general = below(annotations, `${type}/`)
  const specific = service === undefined ? [] : below(annotations, `${type}/${service}/`)
  const found = [...general, ...specific].filter(
    ({ value }) => value !== '' || refusesEmpty === true,
  )
  for (const { name, value, statedBy } of found) {
    if (known !== undefined && !known.includes(name)) {
      throw refused(`CONJ00050E The restriction ${quoted(statedBy)} is not supported`)
    }
    if (value === '') throw refused(`CONJ00100E The annotation ${quoted(statedBy)} is empty`)
  }
  return new Map(found.map((restriction) => [restriction.name, restriction]))
}

/** What stands directly below `prefix`. */
const below = (annotations: ReadonlyMap<string, string>, prefix: string): readonly Restriction[] =>
  [...annotations].flatMap(([statedBy, value]) => {
    const name = statedBy.slice(prefix.length)
    const counts = statedBy.startsWith(prefix) && !name.includes('/') && name !== ''
    return counts ? [{ name, value, statedBy }] : []
  })

const refused = (message: string): Failure => new Failure('unauthorized', message)
