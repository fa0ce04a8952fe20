import type { Command, Entry, OptionFacts, PositionalFacts } from '#cli/command.ts'
import { isGroup } from '#cli/command.ts'
import { GLOBAL_OPTIONS } from '#cli/command-line.ts'
import type { Program } from '#cli/table.ts'

/** A word that may come next, and what it means. */
export interface Word {
  readonly text: string
  readonly meaning: string
}

/** What may follow an option. */
export type Value =
  | { readonly kind: 'file' | 'any' }
  | { readonly kind: 'words'; readonly words: readonly string[] }

/** An option that may come next. */
export interface PlaceOption {
  readonly long: string
  readonly short: string | undefined
  readonly meaning: string
  /** Absent for a switch. */
  readonly value?: Value
}

/** Everything that may come after some words of the command line, which are commands. */
export interface Place {
  readonly path: readonly string[]
  readonly words: readonly Word[]
  readonly options: readonly PlaceOption[]
  /** Whether a file may come next. */
  readonly takesFile: boolean
}

const HELP: PlaceOption = { long: 'help', short: 'h', meaning: 'show help' }

/** The places of all commands and of the programs, the topmost first. */
export const placesOf = (
  entries: readonly Entry[],
  programs: readonly Program[],
): readonly Place[] => [
  { ...groupPlace([], entries, programs), options: optionsOf(GLOBAL_OPTIONS) },
  ...entries.flatMap((entry) => placesBelow(entry, [])),
  ...programs.map(({ name }) => ({ path: [name], words: [], options: [HELP], takesFile: true })),
]

function placesBelow(entry: Entry, above: readonly string[]): readonly Place[] {
  const path = [...above, entry.name]
  if (!isGroup(entry)) return [commandPlace(path, entry)]
  if (entry.isHidden === true) return []
  const below = entry.commands.flatMap((inner) => placesBelow(inner, path))
  return [groupPlace(path, entry.commands), ...below]
}

function groupPlace(
  path: readonly string[],
  entries: readonly Entry[],
  programs: readonly Program[] = [],
): Place {
  const shown = entries.filter((entry) => !isGroup(entry) || entry.isHidden !== true)
  const words = [...shown, ...programs].map(({ name, summary }) => ({
    text: name,
    meaning: summary,
  }))
  return { path, words, options: [HELP], takesFile: false }
}

function commandPlace(path: readonly string[], command: Command): Place {
  const { positionals = [], options = {} } = command
  return {
    path,
    words: positionals.flatMap(choicesOf),
    options: optionsOf({ ...options, ...withoutShortsOf(options) }),
    takesFile: positionals.some(({ isFile }) => isFile === true),
  }
}

/** The flags of every command, less those that a command has another meaning for. */
const withoutShortsOf = (own: Readonly<Record<string, OptionFacts>>): typeof own =>
  Object.fromEntries(Object.entries(GLOBAL_OPTIONS).filter(([name]) => !Object.hasOwn(own, name)))

const choicesOf = ({ choices = [], summary }: PositionalFacts): readonly Word[] =>
  choices.map((text) => ({ text, meaning: summary }))

const optionsOf = (options: Readonly<Record<string, OptionFacts>>): readonly PlaceOption[] => [
  ...Object.entries(options)
    .filter(([, { isHidden }]) => isHidden !== true)
    .map(([long, facts]) => {
      const value = valueOf(facts)
      const option = { long, short: facts.short, meaning: facts.summary }
      return value === undefined ? option : { ...option, value }
    }),
  HELP,
]

function valueOf({ value, choices, isFile }: OptionFacts): Value | undefined {
  if (choices !== undefined) return { kind: 'words', words: choices }
  if (isFile === true) return { kind: 'file' }
  return value === undefined ? undefined : { kind: 'any' }
}

/** The spellings of an option. */
export const spellingsOf = ({ long, short }: PlaceOption): readonly string[] => [
  `--${long}`,
  ...(short === undefined ? [] : [`-${short}`]),
]

/** A path as scripts name it: a space before each word, nothing for the topmost place. */
export const nameOf = ({ path }: Place): string => path.map((word) => ` ${word}`).join('')

/** A text in single quotes, in which shells evaluate nothing. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
