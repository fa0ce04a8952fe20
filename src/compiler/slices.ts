import type { CompileInput, Desired } from '#policy/compile.ts'
import { Source } from '#policy/source.ts'

/** The lists of a compiled policy. */
const LISTS = ['rows', 'deletions', 'publicKeys', 'resources', 'references', 'warnings'] as const

type Lists = Pick<Desired, (typeof LISTS)[number]>

/** A part of each list of a compiled policy. */
export type Slice = Lists

/** How many items of each list a slice has: few enough that taking one in is a matter of milliseconds. */
const SLICE = 2000

/**
 * A compiled policy in slices.
 *
 * @yields the parts of its lists, which together are all of it that whoever sent the text does not have
 */
export function* slicesOf(desired: Desired): Generator<Slice, void> {
  const longest = Math.max(...LISTS.map((list) => desired[list].length))
  for (let start = 0; start < longest; start += SLICE) {
    const partOf = <Item>(items: readonly Item[]): readonly Item[] =>
      items.slice(start, start + SLICE)
    yield {
      rows: partOf(desired.rows),
      deletions: partOf(desired.deletions),
      publicKeys: partOf(desired.publicKeys),
      resources: partOf(desired.resources),
      references: partOf(desired.references),
      warnings: partOf(desired.warnings),
    }
  }
}

/** The compiled policy whose slices these are. */
export function joinSlices(
  { text, account, target, mode }: CompileInput,
  slices: readonly Slice[],
): Desired {
  return {
    account,
    target,
    mode,
    source: new Source(text),
    rows: slices.flatMap(({ rows }) => rows),
    deletions: slices.flatMap(({ deletions }) => deletions),
    publicKeys: slices.flatMap(({ publicKeys }) => publicKeys),
    resources: slices.flatMap(({ resources }) => resources),
    references: slices.flatMap(({ references }) => references),
    warnings: slices.flatMap(({ warnings }) => warnings),
  }
}
