import { Failure, quoted } from '#lib/failure.ts'

/**
 * A pattern for a whole text: `*` stands for any characters but `/`, also none; `**` for any characters; `\*` and `\\` for
 * themselves; everything else for itself. Only {@link parseGlob} makes one.
 */
export type Glob = readonly Piece[]

/** A UTF-16 code unit, or a run of any that `*` or `**` stands for. */
type Piece = number | Run

/** Any characters: but a slash, but a dot, or really any. */
type Run = 'within' | 'label' | 'across'

/** The longest pattern, and the longest text that one is held against, in UTF-16 code units: their product bounds the work. */
const MAX_PATTERN = 256
const MAX_TEXT = 1024

const SLASH = 0x2f
const DOT = 0x2e

/** What an asterisk by itself does not stand for. */
export type Separator = '/' | '.'

/**
 * The pattern that `text` spells. Throws `argument_error` when it is too long, ends in a lone backslash, escapes anything but an
 * asterisk and a backslash, or has nothing but asterisks: what every text meets is no condition. In a pattern of host names the separator
 * is the dot, of which `*` stands for none, instead of the slash.
 */
export function parseGlob(text: string, separator: Separator = '/'): Glob {
  if (text.length > MAX_PATTERN) {
    throw new Failure('argument_error', `a pattern is longer than ${MAX_PATTERN} characters`)
  }
  const pieces: Piece[] = []
  const within = separator === '.' ? 'label' : 'within'
  for (const [part] of text.matchAll(/\\[^]?|\*\*?|[^]/g)) {
    pieces.push(part === '*' ? within : pieceOf(part, text))
  }
  if (pieces.every((piece) => typeof piece !== 'number')) {
    throw new Failure('argument_error', `the pattern ${quoted(text)} holds for everything`)
  }
  return pieces
}

function pieceOf(part: string, pattern: string): Piece {
  if (part === '**') return 'across'
  if (part.startsWith('\\')) {
    if (part !== '\\*' && part !== '\\\\') {
      throw new Failure(
        'argument_error',
        `a backslash in ${quoted(pattern)} is before neither * nor \\`,
      )
    }
    return part.charCodeAt(1)
  }
  return part.charCodeAt(0)
}

/**
 * Whether `text` as a whole is what `glob` describes; never for a text of more than 1,024 code units. Every place of the pattern that
 * could be reached is followed at once, so the work is at most their product, whatever the two are (attack `regex-dos`).
 */
export function matchesGlob(glob: Glob, text: string): boolean {
  if (text.length > MAX_TEXT) return false
  let places = reachable(glob, new Set([0]))
  for (let index = 0; index < text.length && places.size > 0; index += 1) {
    places = reachable(glob, after(glob, places, text.charCodeAt(index)))
  }
  return places.has(glob.length)
}

/** What ends a run. */
const ENDS: Readonly<Record<Run, number | undefined>> = {
  within: SLASH,
  label: DOT,
  across: undefined,
}

/** The places to which one code unit leads. */
function after(glob: Glob, places: ReadonlySet<number>, unit: number): Set<number> {
  const next = new Set<number>()
  for (const place of places) {
    const piece = glob[place]
    if (piece === unit) next.add(place + 1)
    else if (typeof piece === 'string' && unit !== ENDS[piece]) next.add(place)
  }
  return next
}

/** Adds the places to which nothing at all leads: behind a run. */
function reachable(glob: Glob, places: Set<number>): Set<number> {
  for (const place of places) {
    if (typeof glob[place] === 'string') places.add(place + 1)
  }
  return places
}
