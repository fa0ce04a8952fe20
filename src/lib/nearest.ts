const MAX_COMPARED = 40

/**
 * The one of `words` that `input` most likely stands for, or `undefined` when none is near: at most two letters
 * wrong, missing, added or swapped, and less than half of the word. Case does not count.
 */
export function nearest(input: string, words: Iterable<string>): string | undefined {
  if (input.length > MAX_COMPARED) return undefined
  const wanted = input.toLowerCase()
  let best: string | undefined
  let least = 3
  for (const word of words) {
    const distance = editDistance(wanted, word)
    if (distance < least && distance * 2 < word.length) {
      best = word
      least = distance
    }
  }
  return best
}

/** How many letters must be changed, added, dropped or swapped with their neighbour (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped && row > 1 && column > 1 ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return last[other.length] ?? 0
}
