import type { PolicyProblem } from './fault.ts'

/** A stretch of the policy text, in UTF-16 code units: `start` belongs to it, `end` does not. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Where something stands: both count from 1, columns in UTF-16 code units. */
export interface Position {
  readonly line: number
  readonly column: number
}

const MAX_OFFENDING_TEXT = 80

/** The policy text, which turns offsets into lines and columns. */
export class Source {
  readonly text: string
  #lineStarts: readonly number[] | undefined

  constructor(text: string) {
    this.text = text
  }

  /** The line and column of an offset. */
  position(offset: number): Position {
    const starts = (this.#lineStarts ??= startsOfLines(this.text))
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }

  /** What is wrong at `span`, with the text that stands there: its first line, cut to 80 characters. */
  problem(span: Span, message: string, advice: string): PolicyProblem {
    const [offendingText = ''] = this.text
      .slice(span.start, Math.min(span.end, span.start + MAX_OFFENDING_TEXT))
      .split(/\r?\n/, 1)
    return { ...this.position(span.start), message, advice, offendingText }
  }
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
