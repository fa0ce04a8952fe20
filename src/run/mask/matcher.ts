/** Where a pattern was found: from the first byte to the one after the last. */
export interface Match {
  readonly start: number
  readonly end: number
}

/**
 * Finds any of many patterns in bytes, skipping most of them (S. Wu and U. Manber, A fast algorithm for multi-pattern searching,
 * 1994): a table says of each pair of bytes how far the window may move on without missing a pattern.
 */
export interface Matcher {
  /** The first match that starts at `from` or later; of those that start together the longest. */
  next(bytes: Buffer, from: number): Match | undefined
  /** Where the longest end of `bytes` starts that may be the beginning of a pattern; their length when there is none. */
  openFrom(bytes: Buffer): number
}

const PAIRS = 0x1_0000

/** A matcher for `patterns`, none of which is shorter than 4 bytes. */
export function createMatcher(patterns: readonly Buffer[]): Matcher {
  const window = patterns.reduce((least, { length }) => Math.min(least, length), 255)
  const longest = patterns.reduce((most, { length }) => Math.max(most, length), 0)
  const skips = skipTable(patterns, window)
  const byStart = groupedBy(patterns, (pattern) => pairAt(pattern, 0))
  const starts = new Uint8Array(PAIRS)
  for (const pattern of patterns) starts[startHash(pattern, 0)] = 1
  const firsts = new Uint8Array(256)
  for (const pattern of patterns) firsts[pattern[0] ?? 0] = 1

  const longestAt = (bytes: Buffer, start: number): number => {
    const candidates = byStart.get(pairAt(bytes, start)) ?? []
    return candidates.reduce(
      (most, pattern) =>
        pattern.length > most && isAt(pattern, bytes, start) ? pattern.length : most,
      0,
    )
  }
  const mayOpen = (bytes: Buffer, start: number): boolean => {
    if (start === bytes.length - 1) return firsts[bytes[start] ?? 0] === 1
    const rest = bytes.length - start
    const candidates = byStart.get(pairAt(bytes, start)) ?? []
    return candidates.some(
      (pattern) => pattern.length > rest && bytes.compare(pattern, 0, rest, start) === 0,
    )
  }
  return {
    next(bytes, from) {
      const { length } = bytes
      for (let end = from + window - 1; end < length;) {
        const skip = skips[((bytes[end - 1] ?? 0) << 8) | (bytes[end] ?? 0)] ?? 1
        if (skip > 0) {
          end += skip
          continue
        }
        const start = end - window + 1
        const found = starts[startHash(bytes, start)] === 1 ? longestAt(bytes, start) : 0
        if (found > 0) return { start, end: start + found }
        end += 1
      }
      return undefined
    },
    openFrom(bytes) {
      const { length } = bytes
      for (let start = Math.max(0, length - longest + 1); start < length; start += 1) {
        if (firsts[bytes[start] ?? 0] === 1 && mayOpen(bytes, start)) return start
      }
      return length
    },
  }
}

/** How far the window may move when it ends with a pair of bytes: until the pair would stand where a pattern has it. */
function skipTable(patterns: readonly Buffer[], window: number): Uint8Array {
  const skips = new Uint8Array(PAIRS).fill(window - 1)
  for (const pattern of patterns) {
    for (let at = 0; at < window - 1; at += 1) {
      const pair = pairAt(pattern, at)
      skips[pair] = Math.min(skips[pair] ?? 0, window - 2 - at)
    }
  }
  return skips
}

const pairAt = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

/** Four bytes as one of 65,536 numbers. */
const startHash = (bytes: Buffer, at: number): number =>
  (pairAt(bytes, at) ^ Math.imul(pairAt(bytes, at + 2), 0x9e5)) & 0xffff

const isAt = (pattern: Buffer, bytes: Buffer, start: number): boolean =>
  start + pattern.length <= bytes.length &&
  bytes.compare(pattern, 0, pattern.length, start, start + pattern.length) === 0

function groupedBy(
  patterns: readonly Buffer[],
  key: (pattern: Buffer) => number,
): ReadonlyMap<number, readonly Buffer[]> {
  return Map.groupBy(patterns, key)
}
