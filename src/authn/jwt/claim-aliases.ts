import { itemsOf, mustBeClaimName, mustDiffer } from './claim-list.ts'
import { refused } from './refusal.ts'

/** The names that annotations use for claims: alias to claim. */
export type ClaimAliases = ReadonlyMap<string, string>

/**
 * The aliases of a comma-separated list of `alias:claim`; none when it is not declared. Throws `unauthorized` when the list has
 * blanks, repetitions, an alias with a slash, or a name that cannot be held against a workload.
 */
export function aliasesOf(list: string | undefined): ClaimAliases {
  if (list === undefined) return new Map()
  const pairs = itemsOf(list, 'CONJ00110E The list claim-aliases has an empty item').map(pairOf)
  mustDiffer(
    pairs.map(([alias]) => alias),
    'CONJ00113E The list claim-aliases has an alias twice',
  )
  mustDiffer(
    pairs.map(([, claim]) => claim),
    'CONJ00113E The list claim-aliases has a claim twice',
  )
  return new Map(pairs)
}

function pairOf(item: string): readonly [alias: string, claim: string] {
  const [alias = '', claim = '', ...more] = item.split(':').map((part) => part.trim())
  if (alias === '' || claim === '' || more.length > 0) {
    throw refused('CONJ00111E An item of claim-aliases does not have the form alias:claim')
  }
  if (alias.includes('/')) throw refused('CONJ00114E An alias in claim-aliases contains a slash')
  mustBeClaimName(alias, 'claim-aliases')
  mustBeClaimName(claim, 'claim-aliases')
  return [alias, claim]
}
