import { Argument, Command as CommandLine, Option } from 'commander'
import type { Command, Entry, OptionFacts, Parsed } from './command.ts'
import { isGroup } from './command.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { openContext } from './context.ts'
import { FORMS } from './output.ts'
import { commaList, durationMs, integer, spanMs, wholeNumber } from './option-values.ts'
import type { CliSurroundings } from './surroundings.ts'

/** The flags of every command, before or after its name. */
export const GLOBAL_OPTIONS: Readonly<Record<keyof GlobalOptions, OptionFacts>> = {
  debug: { short: 'd', summary: 'show method, path and status of each request' },
  timeout: {
    value: 'duration',
    type: 'duration',
    summary: 'how long a request may take, from 1s to 10m',
  },
  output: { value: 'form', choices: FORMS, summary: 'show the outcome in this form' },
}

/** What turns the text after an option into its value; the text itself stands for the other types. */
const READERS: Readonly<Record<string, (text: string, before: unknown) => unknown>> = {
  number: wholeNumber,
  integer,
  list: commaList,
  duration: durationMs,
  span: spanMs,
  repeated: (text, before) => [
    ...(Array.isArray(before) ? (before as readonly unknown[]) : []),
    text,
  ],
}

/** The program with all `entries` as its commands. Their outcomes go to the streams of `surroundings`; what they throw is thrown on. */
export function buildCommandLine(
  entries: readonly Entry[],
  surroundings: CliSurroundings,
): CommandLine {
  const program = new CommandLine('strongroom').enablePositionalOptions()
  for (const option of optionsOf(GLOBAL_OPTIONS)) program.addOption(option)
  const open = (own: GlobalOptions): CliContext =>
    openContext(surroundings, { ...program.opts<GlobalOptions>(), ...own })
  addEntries(program, entries, open)
  speakThrough(program, surroundings)
  return program
}

type OpenContext = (own: GlobalOptions) => CliContext

function addEntries(parent: CommandLine, entries: readonly Entry[], open: OpenContext): void {
  for (const entry of entries) {
    const child = isGroup(entry)
      ? new CommandLine(entry.name).description(entry.summary)
      : leafOf(entry, open)
    if (isGroup(entry)) addEntries(child, entry.commands, open)
    parent.addCommand(child, { hidden: isGroup(entry) && entry.isHidden === true })
  }
}

function leafOf(command: Command, open: OpenContext): CommandLine {
  const { name, summary, description, positionals = [], options = {} } = command
  const leaf = new CommandLine(name)
    .summary(summary)
    .description(description === undefined ? summary : `${summary}\n\n${description}`)
  for (const { name: word, summary: meaning, choices, isOptional } of positionals) {
    const argument = new Argument(isOptional === true ? `[${word}]` : `<${word}>`, meaning)
    leaf.addArgument(choices === undefined ? argument : argument.choices(choices))
  }
  for (const option of optionsOf({ ...GLOBAL_OPTIONS, ...options })) leaf.addOption(option)
  leaf.addHelpText('after', () => afterHelp(command))
  return leaf.action(() => command.carryOut(open(leaf.opts()), ownValues(command, leaf)))
}

/** What the command line gives to the command alone, its positionals among it by their names. */
function ownValues({ positionals = [], options = {} }: Command, leaf: CommandLine): Parsed {
  const own = new CommandLine()
  for (const [name, value] of Object.entries(leaf.opts<Readonly<Record<string, unknown>>>())) {
    if (!Object.hasOwn(GLOBAL_OPTIONS, name) || Object.hasOwn(options, name)) {
      own.setOptionValue(name, value)
    }
  }
  for (const [index, { name }] of positionals.entries()) {
    const given = leaf.args[index]
    if (given !== undefined) own.setOptionValue(name, given)
  }
  return own
}

/** The names of an option as help shows them, for example `-i, --id <id>`. */
export function flagsOf(name: string, { short, value }: OptionFacts): string {
  const words = [...(short === undefined ? [] : [`-${short},`]), `--${name}`]
  return [...words, ...(value === undefined ? [] : [`<${value}>`])].join(' ')
}

const optionsOf = (options: Readonly<Record<string, OptionFacts>>): readonly Option[] =>
  Object.entries(options).map(([name, facts]) => {
    const option = new Option(flagsOf(name, facts), facts.summary)
    const reader = facts.type === undefined ? undefined : READERS[facts.type]
    if (reader !== undefined) option.argParser(reader)
    if (facts.choices !== undefined) option.choices(facts.choices)
    if (facts.standard !== undefined) option.default(facts.standard)
    return option.makeOptionMandatory(facts.required === true).hideHelp(facts.isHidden === true)
  })

function afterHelp({ exits = {}, examples }: Command): string {
  const codes = Object.entries(exits).map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`)
  return [
    ...(codes.length === 0 ? [] : ['', 'Exit codes:', ...codes]),
    ...(examples.length === 0 ? [] : ['', 'Examples:', ...examples.map((line) => `  ${line}`)]),
  ].join('\n')
}

/** Commander writes to our streams, throws instead of exiting, and leaves errors to us. */
function speakThrough(command: CommandLine, surroundings: CliSurroundings): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => surroundings.stdout.write(text),
    writeErr: (text) => surroundings.stderr.write(text),
    outputError: () => undefined,
  })
  for (const child of command.commands) speakThrough(child, surroundings)
}
