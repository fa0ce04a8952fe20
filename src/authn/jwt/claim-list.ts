import { isClaimPath, isDenied } from './claim-path.ts'
import { refused } from './refusal.ts'

/** The trimmed items of a comma-separated setting; throws the refusal `blank` when one of them is empty. */
export function itemsOf(list: string, blank: string): readonly string[] {
  const items = list.split(',').map((item) => item.trim())
  if (items.includes('')) throw refused(blank)
  return items
}

/** Throws the refusal `repeated` when an item is there twice. */
export function mustDiffer(items: readonly string[], repeated: string): void {
  if (new Set(items).size < items.length) throw refused(repeated)
}

/** Throws `unauthorized`, naming `setting`, unless `name` may be held against a workload. */
export function mustBeClaimName(name: string, setting: string): void {
  if (!isClaimPath(name)) throw refused(`CONJ00104E A claim name in ${setting} is malformed`)
  if (isDenied(name)) throw refused(`CONJ00105E The claim '${name}' may not stand in ${setting}`)
}
