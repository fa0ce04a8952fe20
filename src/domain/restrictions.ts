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
}

/**
 * The restrictions of a role for an instance, by name, in Conjur's spelling (reference/conjur-api.md 6.1): `TYPE/SERVICE/NAME`, and
 * `TYPE/NAME` for all services unless the first says otherwise. Those of other services, and empty ones, are passed over. Throws
 * `unauthorized` for a name that is not known.
 */
export function restrictionsIn(
  annotations: ReadonlyMap<string, string>,
  { type, service, known }: RestrictionRules,
): ReadonlyMap<string, Restriction> {
  const general = below(annotations, `${type}/`)
  const specific = service === undefined ? [] : below(annotations, `${type}/${service}/`)
  const restrictions = new Map([...general, ...specific].map((found) => [found.name, found]))
  if (known === undefined) return restrictions
  for (const { name, statedBy } of restrictions.values()) {
    if (!known.includes(name)) {
      throw new Failure(
        'unauthorized',
        `CONJ00050E The restriction ${quoted(statedBy)} is not supported`,
      )
    }
  }
  return restrictions
}

/** What stands directly below `prefix`. */
const below = (annotations: ReadonlyMap<string, string>, prefix: string): readonly Restriction[] =>
  [...annotations].flatMap(([statedBy, value]) => {
    const name = statedBy.slice(prefix.length)
    const counts = statedBy.startsWith(prefix) && !name.includes('/') && value !== ''
    return counts && name !== '' ? [{ name, value, statedBy }] : []
  })
