import { command } from '#cli/command.ts'
import type { Command } from '#cli/command.ts'
import { IMPORT_FORMATS } from '#cli/import/format-names.ts'

/** Taking values over from elsewhere. */
export const IMPORT: Command = command(
  {
    name: 'import',
    summary: 'set variables to the values of a file',
    description:
      'Reads a `.env` file (`env`), Secrets of Kubernetes in YAML or JSON (`kubernetes`: NAMESPACE/NAME/KEY), a secret as ' +
      '`vault kv get -format=json` shows it (`vault`), or values by their ids in JSON, nested or not, as `variable get` and ' +
      'exports of Vault show them (`json`). The variables must be there: `--policy` shows the policy that declares them. Values are set ' +
      'one after the other in the order of the file; one that is the same already stays as it is, so it may simply be run again.',
    positionals: [{ name: 'file', summary: 'the file, - for the standard input', isFile: true }],
    options: {
      branch: {
        short: 'b',
        value: 'branch',
        required: true,
        summary: 'the policy below which the variables are, root for the topmost',
      },
      format: {
        value: 'format',
        choices: IMPORT_FORMATS,
        summary: 'what the file is; seen from its content when absent',
      },
      'dry-run': { summary: 'show which variables would be set, and set none' },
      policy: { summary: 'show the policy that declares the variables, and set none' },
      from: { value: 'id', summary: 'begin at this variable: where an earlier run stopped' },
    },
    shows: 'the ids of the variables',
    exits: {
      2: 'the file is not what it should be',
      5: 'a value may not be set',
      6: 'a variable is not there',
    },
    examples: [
      'strongroom import .env -b shop --dry-run',
      'strongroom import .env -b shop --policy | strongroom policy load -b shop -f -',
      'strongroom import .env -b shop',
    ],
  },
  async () => (await import('#cli/import.ts')).importValues,
)
