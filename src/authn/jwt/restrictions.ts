import { quoted } from '#lib/failure.ts'
import type { ClaimAliases } from './claim-aliases.ts'
import { claimAt, isClaimPath, isDenied } from './claim-path.ts'
import { refused } from './refusal.ts'
import { JsonNumber, type JsonObject } from './strict-json.ts'

/** What an instance expects of the annotations of its workloads. */
export interface RestrictionRules {
  /** The annotations that count begin with it: `authn-jwt/SERVICE/`. */
  readonly prefix: string
  readonly aliases: ClaimAliases
  readonly enforcedClaims: readonly string[]
}

/** What one annotation demands: that the claim at `path` says `value`. */
interface Restriction {
  readonly path: string
  readonly value: string
}

/**
 * Throws `unauthorized` unless the claims say all that the annotations of a role demand, which must be something at all, and no
 * less than the instance enforces (reference/conjur-api.md 6.4).
 */
export function mustSatisfy(
  claims: JsonObject,
  annotations: ReadonlyMap<string, string>,
  rules: RestrictionRules,
): void {
  const restrictions = restrictionsIn(annotations, rules)
  if (restrictions.length === 0) {
    throw refused(`CONJ00099E The role has no annotation below ${rules.prefix}`)
  }
  mustCover(restrictions, rules.enforcedClaims)
  for (const restriction of restrictions) mustAgree(claims, restriction)
}

const restrictionsIn = (
  annotations: ReadonlyMap<string, string>,
  { prefix, aliases }: RestrictionRules,
): readonly Restriction[] =>
  [...annotations]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => restrictionOf(name.slice(prefix.length), value, aliases))

function restrictionOf(name: string, value: string, aliases: ClaimAliases): Restriction {
  if (!isClaimPath(name)) throw refused(`CONJ00119E ${quoted(name)} is not the name of a claim`)
  if (value === '') throw refused(`CONJ00100E The annotation for ${quoted(name)} is empty`)
  if (isDenied(name) || [...aliases.values()].includes(name)) {
    throw refused(`CONJ00069E An annotation may not restrict ${quoted(name)} under this name`)
  }
  return { path: aliases.get(name) ?? name, value }
}

function mustCover(restrictions: readonly Restriction[], enforced: readonly string[]): void {
  const restricted = new Set(restrictions.map(({ path }) => path))
  const open = enforced.filter((path) => !restricted.has(path))
  if (open.length > 0) {
    throw refused(`CONJ00057E The role lacks an annotation for the enforced claim '${open[0]}'`)
  }
}

function mustAgree(claims: JsonObject, { path, value }: Restriction): void {
  const claim = claimAt(claims, path)
  if (claim === undefined) throw refused(`CONJ00084E The token lacks the claim ${quoted(path)}`)
  if (!says(claim, value)) {
    throw refused(`CONJ00049E The token's claim ${quoted(path)} is not what the annotation demands`)
  }
}

/** Whether a claim says `text`: as a string, as the literal of a number or a boolean, or as one string of a list. */
function says(claim: unknown, text: string): boolean {
  if (Array.isArray(claim)) return claim.includes(text)
  if (claim instanceof JsonNumber) return claim.text === text
  return typeof claim === 'boolean' ? String(claim) === text : claim === text
}
