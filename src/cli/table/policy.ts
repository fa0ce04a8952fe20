import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'
import { FORMS } from '#cli/output.ts'
import { MAX_DEPTH, MAX_LIMIT } from '#cli/policy-bounds.ts'

const loadOptions = {
  branch: {
    short: 'b',
    value: 'branch',
    required: true,
    summary: 'the policy to load into, root for the topmost',
  },
  file: {
    short: 'f',
    value: 'file',
    required: true,
    isFile: true,
    summary: 'the text, - for the standard input',
  },
  'dry-run': { summary: 'show what would change and change nothing' },
  output: {
    short: 'o',
    value: 'form',
    choices: ['text', ...FORMS],
    summary: 'show the outcome in this form: of a dry run text on a terminal, else JSON',
  },
} as const

const loadFacts = {
  options: loadOptions,
  shows:
    'what was loaded: `created_roles` by id, each with `id` and `api_key`, and `version`; of a dry run what would change, as the ' +
    'API answers `?dryRun=true`',
  exits: {
    5: 'the branch may not be changed like this',
    6: 'there is no such branch',
    8: 'the policy is not valid',
  },
} as const

const DESCRIPTION =
  'A policy is loaded whole or not at all. The API keys of new users and hosts are shown this once.'

const load: Command = command(
  {
    ...loadFacts,
    name: 'load',
    summary: 'add what a policy says',
    description: DESCRIPTION,
    examples: [
      'strongroom policy load -b root -f shop.yml --dry-run',
      'strongroom policy load -b root -f shop.yml',
    ],
  },
  async () => (await import('#cli/policy.ts')).loadPolicy,
)

const update: Command = command(
  {
    ...loadFacts,
    name: 'update',
    summary: 'add, change and delete what a policy says',
    description: DESCRIPTION,
    examples: ['strongroom policy update -b shop -f change.yml'],
  },
  async () => (await import('#cli/policy.ts')).updatePolicy,
)

const replace: Command = command(
  {
    ...loadFacts,
    name: 'replace',
    summary: 'make a policy say this and nothing else',
    description: DESCRIPTION,
    examples: ['strongroom policy replace -b shop -f whole.yml'],
  },
  async () => (await import('#cli/policy.ts')).replacePolicy,
)

const fetch: Command = command(
  {
    name: 'fetch',
    summary: 'show the policy that is in effect',
    options: {
      branch: {
        short: 'b',
        value: 'branch',
        required: true,
        summary: 'the policy to show, root for all',
      },
      output: { short: 'o', value: 'form', standard: 'yaml', summary: 'yaml or json' },
      depth: {
        short: 'D',
        value: 'number',
        type: 'number',
        standard: MAX_DEPTH,
        summary: 'so many levels below the branch',
      },
      limit: {
        short: 'l',
        value: 'number',
        type: 'number',
        standard: MAX_LIMIT,
        summary: 'fail when there are more resources, annotations and permissions',
      },
      file: { short: 'f', value: 'file', isFile: true, summary: 'write it to a file' },
    },
    shows: 'the policy, as a text that loads it',
    exits: { 6: 'there is no such branch, or none that may be seen' },
    examples: ['strongroom policy fetch -b shop'],
  },
  async () => (await import('#cli/policy-fetch.ts')).fetchPolicy,
)

/** Loading policies, and what is in effect. */
export const POLICY: Group = {
  name: 'policy',
  summary: 'load and show policies',
  commands: [load, update, replace, fetch],
}
