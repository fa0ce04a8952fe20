import { Failure } from '#lib/failure.ts'

/** How far somebody came, as it is kept between two starts. */
export interface Progress {
  /** The step to be done next; the number of steps when all are. */
  readonly at: number
  /** By the name of a step that began: the newest record of the audit trail at that moment. */
  readonly marks: Readonly<Record<string, number>>
  /** The API key with which the tutorial itself logs in; absent until it has one. */
  readonly guideKey?: string
}

/** Of somebody who has not begun. */
export const BEGINNING: Progress = { at: 0, marks: {} }

/** A change of what is kept is another version. */
const VERSION = 1

/** The text that {@link parseProgress} reads. */
export const printProgress = ({ at, ...rest }: Progress, names: readonly string[]): string =>
  `${JSON.stringify({ version: VERSION, next: names[at] ?? null, ...rest })}\n`

/** Progress through the steps of these names. Throws `conflict` for what another version of the tutorial wrote, or nobody. */
export function parseProgress(text: string, names: readonly string[]): Progress {
  const kept = read(text)
  const { version, next, marks, guideKey } = kept
  const at = next === null ? names.length : names.findIndex((name) => name === next)
  if (version !== VERSION || at < 0 || !areMarks(marks)) throw unfit('another version wrote it')
  return { at, marks, ...(typeof guideKey === 'string' ? { guideKey } : {}) }
}

function read(text: string): Readonly<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(text)
    if (typeof kept === 'object' && kept !== null) return { ...kept }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw unfit('its progress cannot be read')
}

const areMarks = (marks: unknown): marks is Progress['marks'] =>
  typeof marks === 'object' &&
  marks !== null &&
  Object.values(marks).every((mark) => typeof mark === 'number')

/** What is kept of the tutorial is of no use any more, and why. */
export const unfit = (why: string): Failure =>
  new Failure('conflict', `what is kept of the tutorial no longer fits: ${why}`, {
    hint: 'begin anew with --restart: it removes what the tutorial keeps, and nothing else',
  })
