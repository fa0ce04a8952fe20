import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'

const variable = { short: 'i', value: 'id', required: true, summary: 'the variable' } as const

const get: Command = command(
  {
    name: 'get',
    summary: 'show the value of a variable, or those of several as JSON',
    options: {
      id: {
        short: 'i',
        value: 'ids',
        type: 'list',
        required: true,
        summary: 'the variable, or several separated by commas',
      },
      version: {
        short: 'v',
        value: 'number',
        type: 'number',
        summary: 'a version, the newest when absent',
      },
      raw: { summary: 'one value byte for byte, without a line break after it' },
    },
    shows:
      'the values by the ids that were given; a binary value can only be shown by itself and without `--output`',
    exits: {
      5: 'the value may not be read',
      6: 'there is no such variable, or it has no value',
    },
    examples: [
      'strongroom variable get -i shop/db/password',
      'strongroom variable get -i shop/db/user,shop/db/password',
    ],
  },
  async () => (await import('#cli/variable.ts')).getVariables,
)

const set: Command = command(
  {
    name: 'set',
    summary: 'add a value to a variable',
    description:
      'On a terminal the value is asked for and not shown. Every byte of a file or of the standard input belongs to it, a final line ' +
      'break too.',
    options: {
      id: variable,
      file: {
        short: 'f',
        value: 'file',
        isFile: true,
        summary: 'a file with the value, - for the standard input',
      },
      value: {
        short: 'v',
        value: 'value',
        summary: 'the value itself: others on this machine can see it',
      },
    },
    shows: 'that it was done: `done` and `id`',
    exits: {
      2: 'there is no value, or more than one',
      5: 'the value may not be changed',
      6: 'there is no such variable',
    },
    examples: ["printf 's3cret' | strongroom variable set -i shop/db/password -f -"],
  },
  async () => (await import('#cli/variable.ts')).setVariable,
)

const expire: Command = command(
  {
    name: 'expire',
    summary: 'make a value due for rotation',
    options: { id: variable },
    shows: 'that it was done: `done` and `id`',
    exits: { 5: 'the value may not be changed', 6: 'there is no such variable' },
    examples: ['strongroom variable expire -i shop/db/password'],
  },
  async () => (await import('#cli/variable.ts')).expireVariable,
)

const clear: Command = command(
  {
    name: 'clear',
    summary: 'remove all versions of a value',
    description:
      'The variable itself stays, without a value. Only a Strongroom server can do this.',
    options: { id: variable, force: { summary: 'without asking' } },
    shows: 'that it was done: `done` and `id`',
    exits: { 5: 'the value may not be changed', 6: 'there is no such variable' },
    examples: ['strongroom variable clear -i shop/db/password --force'],
  },
  async () => (await import('#cli/variable.ts')).clearVariable,
)

/** Values. */
export const VARIABLE: Group = {
  name: 'variable',
  summary: 'read and set secret values',
  commands: [get, set, expire, clear],
}
