import type { Matcher } from './matcher.ts'

/** What stands in the output for a value. */
const MASK = Buffer.from('***')

/** Takes values out of a stream of bytes. */
export interface Masker {
  /** What can be shown of the stream after `chunk` has come. What may be the beginning of a value waits for the next chunk. */
  push(chunk: Buffer): readonly Buffer[]
  /** The rest, when the stream has ended. */
  end(): readonly Buffer[]
}

/** A masker for one stream; `matcher` gives the patterns that count at the moment. Values that overlap become one mask. */
export function createMasker(matcher: () => Matcher): Masker {
  /** The bytes that wait, and how many of them belong to a value whose mask has been shown. */
  let waiting: Buffer = Buffer.alloc(0)
  let covered = 0

  const take = (bytes: Buffer, open: number): readonly Buffer[] => {
    const shown: Buffer[] = []
    const patterns = matcher()
    let done = covered
    for (
      let match = patterns.next(bytes, 0);
      match !== undefined && match.start < open;
      match = patterns.next(bytes, match.start + 1)
    ) {
      if (match.start >= done) shown.push(bytes.subarray(done, match.start), MASK)
      done = Math.max(done, match.end)
    }
    if (done < open) shown.push(bytes.subarray(done, open))
    // A copy, so that a few bytes do not hold a whole chunk.
    waiting = Buffer.from(bytes.subarray(open))
    covered = Math.max(0, done - open)
    return shown.filter(({ length }) => length > 0)
  }

  return {
    push(chunk) {
      const bytes = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
      return take(bytes, matcher().openFrom(bytes))
    },
    end: () => take(waiting, waiting.length),
  }
}
