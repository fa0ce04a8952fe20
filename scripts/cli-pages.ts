import { commandsIn } from '#cli/command.ts'
import type { CommandFacts, OptionFacts, PlacedCommand, PositionalFacts } from '#cli/command.ts'
import { flagsOf, GLOBAL_OPTIONS } from '#cli/command-line.ts'
import { EXIT_CODES } from '#cli/exit-codes.ts'
import { COMMANDS } from '#cli/table.ts'
import { readTranscript } from './transcripts.ts'
import type { Step } from './transcripts.ts'

/** Where the pages of the commands lie. */
export const CLI_PAGES = 'docs/reference/cli'

/** A page for each command, and the one that lists them: their paths from the root of the project, and their texts. */
export function cliPages(head: string): Readonly<Record<string, string>> {
  const placed = commandsIn(COMMANDS)
  const pages = placed.map((one) => [pathOf(one), head + page(one)] as const)
  return Object.fromEntries([[`${CLI_PAGES}/README.md`, head + overview(placed)], ...pages])
}

const pathOf = ({ path }: PlacedCommand): string => `${CLI_PAGES}/${path.join('-')}.md`

function overview(placed: readonly PlacedCommand[]): string {
  const rows = placed.map(
    ({ path, command }) =>
      `| [\`${path.join(' ')}\`](${path.join('-')}.md) | ${cell(command.summary)} |`,
  )
  return `# The command line

\`strongroom\` has the commands of the Conjur CLI under their names and options, and more. It reads the same configuration:
\`/etc/conjur.conf\`, over that \`~/.conjurrc\` (or the file that \`CONJURRC\` names), over that \`~/.config/strongroom/cli.yml\`, which is ours
alone and has the same settings, over that the environment (\`CONJUR_APPLIANCE_URL\`, \`CONJUR_ACCOUNT\`, \`CONJUR_AUTHN_LOGIN\`,
\`CONJUR_AUTHN_API_KEY\` and the others of the family).

| command | does |
|---|---|
${rows.join('\n')}

Programs of their own are \`strongroom server\`, \`strongroom run\` and [\`strongroom admin\`](../admin.md).

## Flags of every command

${optionTable(GLOBAL_OPTIONS)}

They may stand before the command or after it. \`--debug\` never shows a query, a header or a body, so no secret either.

## Output

Data goes to the standard output, everything else to the standard error stream. Without \`--output\` a command prints what the Conjur CLI
prints. \`--output json\` and \`yaml\` print what its page tells under _Output_, which stays as it is: members may be added, but none goes or
changes its meaning. \`--output table\` is for people, and made harmless: nothing that somebody wrote into a name or a value can move the terminal.

A secret is shown only by a command that was asked for it, and none has to stand on a command line: wherever an option takes one
there is a way to give it on the standard input, and on a terminal it is asked for without being shown.

## Exit codes

| code | means |
|---|---|
${Object.entries(EXIT_CODES)
  .map(([code, meaning]) => `| ${code} | ${meaning} |`)
  .join('\n')}

The codes of all failures are in the [list of errors](../errors.md). Commands that answer yes or no (\`check\`, \`why\`, \`resource exists\`,
\`role exists\`) end with 0 either way, as scripts expect, unless \`--exit-code\` is given.

## Second factors

When the server demands a second factor a command asks for it on a terminal, without showing what is typed, three times at most, and goes on. Elsewhere it takes the code in
\`STRONGROOM_MFA_CODE\`, of an authenticator app or a recovery code, which is good once; without that it ends with 11. Nothing that was proven is kept for the next
command: for several, or for another program, \`strongroom mfa verify\` shows a token. See [second factors](../../second-factor.md).

## Where logins are kept

\`strongroom login\` keeps its API key, or the token of OpenID Connect, in the keyring of the system where there is one: on Linux the Secret Service
(GNOME Keyring, KWallet), through \`secret-tool\` and the session bus; on macOS the keychain. Otherwise, or when the keyring refuses, in \`~/.netrc\`
(or the file that \`CONJUR_NETRC_PATH\` names) with mode 0600. It says which. The setting \`credential_storage\` (\`CONJUR_CREDENTIAL_STORAGE\`)
chooses \`keyring\`, \`file\` or \`none\`; with \`credential_storage_mode: readonly\` nothing is written. Entries have the names that the Conjur CLI
gives them, so a login by password of one of the two is one of the other.

## Completion

\`source <(strongroom completion bash)\` in \`~/.bashrc\`; for zsh and fish see [completion](completion.md).

## Scripts that call \`conjur\`

\`conjurctl\` is installed as a second name of \`strongroom admin\`; \`conjur\` is not, because whoever moves has the Conjur CLI under that name and
may need it for the old server. Where it is gone, one line makes its scripts call this program:

\`\`\`sh
ln -s "$(command -v strongroom)" ~/bin/conjur
\`\`\`

What is different: [compatibility](../../compatibility.md#command-line).
`
}

function page({ path, command }: PlacedCommand): string {
  const { summary, description, shows, positionals = [], options = {}, exits = {} } = command
  const codes = Object.entries(exits).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`)
  return [
    `# strongroom ${path.join(' ')}`,
    sentence(summary),
    ...(description === undefined ? [] : [description]),
    `\`\`\`\n${usage(path, command)}\n\`\`\``,
    ...(positionals.length === 0 ? [] : [positionalTable(positionals)]),
    ...(shown(options).length === 0 ? [] : [optionTable(options)]),
    'Flags of every command: see [the overview](README.md#flags-of-every-command).',
    `## Output\n\n\`--output json\` and \`yaml\` show ${shows}.`,
    ...(codes.length === 0
      ? []
      : [
          `## Exit codes\n\nBesides [those of every command](README.md#exit-codes):\n\n| code | means |\n|---|---|\n${codes.join('\n')}`,
        ]),
    `## Examples\n\nA number in brackets is the exit code of a command that fails, \`…\` something that differs each time.\n\n\`\`\`console\n${readTranscript(path).map(transcript).join('\n\n')}\n\`\`\``,
  ]
    .join('\n\n')
    .concat('\n')
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

function usage(path: readonly string[], { positionals = [], options = {} }: CommandFacts): string {
  const needed = shown(options).filter(([, { required }]) => required === true)
  const words = [
    'strongroom',
    ...path,
    ...positionals.map(({ name, isOptional }) => (isOptional === true ? `[${name}]` : `<${name}>`)),
    ...needed.map(([name, { value }]) => `--${name} <${value}>`),
    '[options]',
  ]
  return words.join(' ')
}

const shown = (
  options: Readonly<Record<string, OptionFacts>>,
): readonly (readonly [string, OptionFacts])[] =>
  Object.entries(options).filter(([, { isHidden }]) => isHidden !== true)

function positionalTable(positionals: readonly PositionalFacts[]): string {
  const rows = positionals.map(
    ({ name, summary, choices }) => `| \`${name}\` | ${cell(summary)}${choicesOf(choices)} |`,
  )
  return `| argument | means |\n|---|---|\n${rows.join('\n')}`
}

function optionTable(options: Readonly<Record<string, OptionFacts>>): string {
  const rows = shown(options).map(([name, facts]) => {
    const { summary, choices, standard, required } = facts
    const notes = [
      ...(required === true ? ['required'] : []),
      ...(standard === undefined ? [] : [`\`${standard}\` when absent`]),
    ]
    const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`
    return `| \`${flagsOf(name, facts)}\` | ${cell(summary)}${choicesOf(choices)}${note} |`
  })
  return `| option | means |\n|---|---|\n${rows.join('\n')}`
}

const choicesOf = (choices: readonly string[] | undefined): string =>
  choices === undefined ? '' : `: ${choices.map((choice) => `\`${choice}\``).join(', ')}`

/** A text as a cell of a table. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)

const transcript = ({ command, stdout, stderr, exitCode }: Step): string =>
  [
    `$ ${command.replaceAll('\n', '\n> ')}`,
    ...linesIn(stdout),
    ...linesIn(stderr),
    ...(exitCode === 0 ? [] : [`[${exitCode}]`]),
  ].join('\n')

const linesIn = (text: string): readonly string[] => text.split('\n').slice(0, -1)
