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
    // What differs in length by more cannot be near, and is many times as quick to see.
    if (Math.abs(word.length - wanted.length) >= least) continue
    const distance = editDistance(wanted, word.toLowerCase())
    if (distance < least && distance * 2 < word.length) {
      best = word
      least = distance
    }
  }
  return best
}

/** How many letters must be changed, added, dropped or swapped with their neighbour (optimal string alignment). */
function editDistance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)]
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    rows.push(current)
    for (let column = 1; column <= other.length; column++) {
      const cost = one[row - 1] === other[column - 1] ? 0 : 1
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + cost,
        isSwap ? cell(row - 2, column - 2) + 1 : Infinity,
      )
    }
  }
  return cell(one.length, other.length)
}
