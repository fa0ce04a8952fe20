import { itemsOf, mustBeClaimName, mustDiffer } from './claim-list.ts'

/**
 * The claims that every workload of an instance must be held against, from a comma-separated list; none when it is not declared.
 * Throws `unauthorized` when the list has blanks, repetitions, or names that cannot be held against a workload.
 */
export function enforcedClaimsOf(list: string | undefined): readonly string[] {
  if (list === undefined) return []
  const claims = itemsOf(list, 'CONJ00107E The list enforced-claims has an empty item')
  for (const claim of claims) mustBeClaimName(claim, 'enforced-claims')
  mustDiffer(claims, 'CONJ00108E The list enforced-claims names a claim twice')
  return claims
}
