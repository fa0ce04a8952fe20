/**
 * What there is to say of a command: how it is parsed, what `--help` and its page say, and what a shell completes all come from
 * here. What it does is loaded when it is carried out, so that a command starts with no more than its own code.
 */
import type { Command as CommandLine } from 'commander'
import type { CliContext } from './context.ts'

/** What the text after an option is read as. */
interface ValueTypes {
  /** A text, as it is. */
  text: string
  /** Whole, not negative. */
  number: number
  /** Whole, of either sign. */
  integer: number
  /** Texts separated by commas. */
  list: readonly string[]
  /** A text; the option may stand several times. */
  repeated: readonly string[]
  /** From 1 second to 10 minutes, in milliseconds. */
  duration: number
  /** A span of time of any length, in milliseconds. */
  span: number
}

/** An option of a command, listed under its long name. */
export interface OptionFacts {
  /** Without capital and final period. */
  readonly summary: string
  /** One letter. */
  readonly short?: string
  /** What stands for its value in help; a switch has none. */
  readonly value?: string
  /** `text` unless stated. */
  readonly type?: keyof ValueTypes
  readonly choices?: readonly string[]
  readonly required?: true
  /** The value when it is not given. */
  readonly standard?: string | number
  /** Whether the value is a file, for completion. */
  readonly isFile?: true
  /** For what only older scripts say: understood, and told to nobody. */
  readonly isHidden?: true
}

/** A word of the command line that is no option. */
export interface PositionalFacts {
  /** Under which what was given reaches the command. */
  readonly name: string
  readonly summary: string
  readonly choices?: readonly string[]
  readonly isOptional?: true
  readonly isFile?: true
}

type Options = Readonly<Record<string, OptionFacts>>
type Positionals = readonly PositionalFacts[]

/** Everything there is to say of a command but what it does. */
export interface CommandFacts<
  Given extends Options = Options,
  Words extends Positionals = Positionals,
> {
  readonly name: string
  /** One line, without capital and final period. */
  readonly summary: string
  /** Whole sentences. */
  readonly description?: string
  readonly positionals?: Words
  readonly options?: Given
  /** What `--output json` and `yaml` show: a phrase that ends a sentence. */
  readonly shows: string
  /** What exit codes mean here in particular. */
  readonly exits?: Readonly<Record<number, string>>
  /** Command lines; the transcript of the command holds each of them. */
  readonly examples: readonly string[]
}

/** The values that a command line gives, by the name of their option. */
export type Parsed = Pick<CommandLine, 'opts'>

/** A command of the table. */
export interface Command extends CommandFacts {
  readonly carryOut: (context: CliContext, parsed: Parsed) => Promise<void>
}

/** Commands that share their first words. */
export interface Group {
  readonly name: string
  readonly summary: string
  readonly commands: readonly Entry[]
  /** For the word order of older scripts. */
  readonly isHidden?: true
}

/** One line of the table. */
export type Entry = Command | Group

/** Whether a line of the table is a group. */
export const isGroup = (entry: Entry): entry is Group => 'commands' in entry

/** `dry-run` as `dryRun`. */
type Camel<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name

type ValueOf<Option extends OptionFacts> = Option extends {
  readonly choices: readonly (infer Choice)[]
}
  ? Choice
  : Option extends { readonly type: infer Type extends keyof ValueTypes }
    ? ValueTypes[Type]
    : Option extends { readonly value: string }
      ? string
      : true

type IsAlwaysThere<Option> = Option extends
  | { readonly required: true }
  | { readonly standard: string | number }
  ? true
  : false

type OptionInput<Given extends Options> = {
  readonly [
    Name in keyof Given & string as IsAlwaysThere<Given[Name]> extends true ? Camel<Name> : never
  ]: ValueOf<Given[Name]>
} & {
  readonly [
    Name in keyof Given & string as IsAlwaysThere<Given[Name]> extends true ? never : Camel<Name>
  ]?: ValueOf<Given[Name]>
}

type WordOf<Word extends PositionalFacts> = Word extends {
  readonly choices: readonly (infer Choice)[]
}
  ? Choice
  : string

type PositionalInput<Words extends Positionals> = {
  readonly [
    Word in Words[number] as Word extends { readonly isOptional: true } ? never : Word['name']
  ]: WordOf<Word>
} & {
  readonly [
    Word in Words[number] as Word extends { readonly isOptional: true } ? Word['name'] : never
  ]?: WordOf<Word>
}

/** What a command line gives to a command with these options and positionals. */
export type Input<Given extends Options, Words extends Positionals> = OptionInput<Given> &
  PositionalInput<Words>

/** No options. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a record without names is what is meant
type None = Readonly<Record<never, never>>

/**
 * A command whose options have the types that its action expects; anything else does not compile. `load` gives the action when it
 * is needed.
 */
export const command = <
  const Given extends Options = None,
  const Words extends Positionals = readonly [],
>(
  facts: CommandFacts<Given, Words>,
  load: () => Promise<(context: CliContext, input: Input<Given, Words>) => Promise<void>>,
): Command => ({
  ...facts,
  carryOut: async (context, parsed) => (await load())(context, parsed.opts<Input<Given, Words>>()),
})

/** A command with the path of words that leads to it. */
export interface PlacedCommand {
  readonly path: readonly string[]
  readonly command: Command
}

/** All commands below `entries` that are told of, in their order. */
export const commandsIn = (
  entries: readonly Entry[],
  path: readonly string[] = [],
): readonly PlacedCommand[] =>
  entries.flatMap((entry) => {
    const below = [...path, entry.name]
    if (!isGroup(entry)) return [{ path: below, command: entry }]
    return entry.isHidden === true ? [] : commandsIn(entry.commands, below)
  })
