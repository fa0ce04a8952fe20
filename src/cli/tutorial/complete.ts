import type { Place } from '#cli/completion/places.ts'
import { spellingsOf } from '#cli/completion/places.ts'
import type { Step } from './step.ts'
import { WORDS } from './words.ts'

/** What a terminal completes: the words that may stand there, and the part of the line that they replace. */
export type Completion = [string[], string]

/**
 * Completes what was typed so far: to a command of the step where it begins like one, else to what `strongroom` understands at that place, or to a
 * word of the tutorial.
 */
export function complete(line: string, { show }: Step, places: readonly Place[]): Completion {
  const commands = show.map(({ line: command }) => inOneLine(command))
  const whole = commands.filter((command) => command.startsWith(line))
  if (whole.length > 0) return [whole, line]
  const words = line.split(/\s+/)
  const last = words.pop() ?? ''
  const begun = words.lastIndexOf('strongroom')
  const next = begun < 0 ? firstWords(words) : nextWords(words.slice(begun + 1), places)
  return [next.filter((word) => word.startsWith(last)), last]
}

const inOneLine = (command: string): string =>
  command
    .split('\n')
    .map((part) => part.trim())
    .join(' ')

/** Where no command is begun: settings before it do not count. */
const firstWords = (before: readonly string[]): readonly string[] =>
  before.every((word) => word.includes('='))
    ? ['strongroom', ...(before.length === 0 ? Object.keys(WORDS) : [])]
    : []

function nextWords(words: readonly string[], places: readonly Place[]): readonly string[] {
  const placesHere = places.filter(({ path }) => path.every((word, index) => words[index] === word))
  const place = placesHere.reduce<Place | undefined>(
    (best, each) => (best === undefined || each.path.length > best.path.length ? each : best),
    undefined,
  )
  if (place === undefined) return []
  const options = place.options.flatMap((option) => spellingsOf(option).slice(0, 1))
  return words.length > place.path.length && place.words.length > 0
    ? options
    : [...place.words.map(({ text }) => text), ...options]
}
