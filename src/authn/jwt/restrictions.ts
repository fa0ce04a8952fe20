import type { Annotated } from '#app/authenticator.ts'
import { exactly } from '#domain/attestation.ts'
import type { Condition } from '#domain/attestation.ts'
import { quoted } from '#lib/failure.ts'
import { attributeOf } from './attributes.ts'
import type { ClaimAliases } from './claim-aliases.ts'
import { isClaimPath, isDenied } from './claim-path.ts'
import { refused } from './refusal.ts'

/** What an instance expects of the annotations of its workloads. */
export interface RestrictionRules {
  /** The annotations that count begin with it: `authn-jwt/SERVICE/`. */
  readonly prefix: string
  readonly aliases: ClaimAliases
  readonly enforcedClaims: readonly string[]
}

/**
 * What a role demands of the claims in Conjur's spelling (reference/conjur-api.md 6.4). Throws `unauthorized` when that and what it states are nothing at all, or leave out a claim that the instance enforces.
 */
export function restrictionsOn(
  { annotations, stated }: Annotated,
  { prefix, aliases, enforcedClaims }: RestrictionRules,
): readonly Condition[] {
  const restrictions = [...annotations]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => restrictionOf(name, value, prefix, aliases))
  const all = [...restrictions, ...stated]
  if (all.length === 0) throw refused(`CONJ00099E The role has no annotation below ${prefix}`)
  mustCover(all, enforcedClaims)
  return restrictions
}

const CODES = { missing: 'CONJ00084E', failed: 'CONJ00049E' }

function restrictionOf(
  annotation: string,
  value: string,
  prefix: string,
  aliases: ClaimAliases,
): Condition {
  const name = annotation.slice(prefix.length)
  if (!isClaimPath(name)) throw refused(`CONJ00119E ${quoted(name)} is not the name of a claim`)
  if (value === '') throw refused(`CONJ00100E The annotation for ${quoted(name)} is empty`)
  if (isDenied(name) || [...aliases.values()].includes(name)) {
    throw refused(`CONJ00069E An annotation may not restrict ${quoted(name)} under this name`)
  }
  return exactly(attributeOf(aliases.get(name) ?? name), value, annotation, CODES)
}

function mustCover(conditions: readonly Condition[], enforced: readonly string[]): void {
  const restricted = new Set(conditions.map(({ attribute }) => attribute))
  const open = enforced.find((path) => !restricted.has(attributeOf(path)))
  if (open !== undefined) {
    throw refused(`CONJ00057E The role lacks an annotation for the enforced claim '${open}'`)
  }
}
