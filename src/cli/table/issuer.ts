import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'

const id = { short: 'i', value: 'id', required: true, summary: 'the issuer' } as const

const data = {
  file: {
    short: 'f',
    value: 'file',
    isFile: true,
    summary: 'a JSON file with what the issuer proves itself with, - for the standard input',
  },
  data: { value: 'json', summary: 'the same itself: others on this machine can see it' },
} as const

const maxTtl = {
  short: 'm',
  value: 'seconds',
  type: 'number',
  summary: 'how long what it issues may be good, from 900 to 43200',
} as const

const SHOWN = 'the issuer, as the API shows it, with its secrets masked'

const EXITS = { 5: 'issuers may not be changed', 6: 'there is no such issuer' } as const

const create: Command = command(
  {
    name: 'create',
    summary: 'make an issuer of dynamic secrets',
    description:
      'Of the kind `aws` the data are `access_key_id` and `secret_access_key` of an IAM user. On a terminal they are asked for, the ' +
      'secret without showing it.',
    options: {
      id: { ...id, summary: 'what it will be called' },
      type: { short: 't', value: 'type', required: true, summary: 'its kind: aws' },
      'max-ttl': { ...maxTtl, required: true },
      ...data,
    },
    shows: SHOWN,
    exits: {
      2: 'the data are missing, or not what the kind needs',
      5: 'issuers may not be made',
      7: 'there is an issuer of this name, or variables that wait for one',
    },
    examples: ['strongroom issuer create -i prod -t aws -m 3600 -f aws-key.json'],
  },
  async () => (await import('#cli/issuer.ts')).createIssuer,
)

const get: Command = command(
  {
    name: 'get',
    summary: 'show an issuer',
    options: { id },
    shows: SHOWN,
    exits: { 5: 'the issuer may not be read', 6: 'there is no such issuer' },
    examples: ['strongroom issuer get -i prod'],
  },
  async () => (await import('#cli/issuer.ts')).showIssuer,
)

const list: Command = command(
  {
    name: 'list',
    summary: 'list the issuers',
    shows: 'a list of issuers, as the API shows them',
    exits: { 5: 'issuers may not be listed' },
    examples: ['strongroom issuer list --output table'],
  },
  async () => (await import('#cli/issuer.ts')).listIssuers,
)

const update: Command = command(
  {
    name: 'update',
    summary: 'change an issuer',
    description: 'The longest life can grow and not shrink: variables may count on it.',
    options: { id, 'max-ttl': maxTtl, ...data },
    shows: SHOWN,
    exits: { 2: 'there is nothing to change, or it cannot be so', ...EXITS },
    examples: [
      'strongroom issuer update -i prod -m 7200',
      'strongroom issuer update -i prod -f - < aws-key.json',
    ],
  },
  async () => (await import('#cli/issuer.ts')).updateIssuer,
)

const remove: Command = command(
  {
    name: 'delete',
    summary: 'delete an issuer with its variables',
    options: {
      id,
      'keep-secrets': {
        short: 'k',
        summary: 'keep the variables, which cannot be read until they name another issuer',
      },
    },
    shows: 'that it was done: `done` and `id`',
    exits: EXITS,
    examples: ['strongroom issuer delete -i prod --keep-secrets'],
  },
  async () => (await import('#cli/issuer.ts')).deleteIssuer,
)

/** Issuers of dynamic secrets. */
export const ISSUER: Group = {
  name: 'issuer',
  summary: 'manage what makes dynamic secrets',
  commands: [create, get, list, update, remove],
}
