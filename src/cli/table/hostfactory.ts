import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'

const token = {
  short: 't',
  value: 'token',
  required: true,
  summary: 'the token, - for the standard input',
} as const

const createTokens = (name: string): Command =>
  command(
    {
      name,
      summary: 'make tokens; they are shown once',
      options: {
        'hostfactory-id': { short: 'i', value: 'id', summary: 'the host factory' },
        duration: {
          value: 'duration',
          type: 'span',
          summary: 'how long they are good, such as 10m or 1h30m (default: 10m)',
        },
        cidr: {
          short: 'c',
          value: 'ranges',
          type: 'list',
          summary: 'addresses and ranges they may be used from, separated by commas',
        },
        count: { short: 'n', value: 'number', type: 'number', standard: 1, summary: 'how many' },
        'max-uses': {
          value: 'number',
          type: 'number',
          summary: 'how many hosts each may make, any number when absent',
        },
        hostfactoryid: { value: 'id', summary: 'the host factory', isHidden: true },
        'duration-days': { value: 'days', type: 'integer', summary: 'days', isHidden: true },
        'duration-hours': { value: 'hours', type: 'integer', summary: 'hours', isHidden: true },
        'duration-minutes': {
          value: 'minutes',
          type: 'integer',
          summary: 'minutes',
          isHidden: true,
        },
      },
      shows:
        'a list of tokens, each with `token`, `expiration` and `cidr`, and `max_uses` if that is bounded',
      exits: { 5: 'the factory may not be used', 6: 'there is no such host factory' },
      examples: ['strongroom hostfactory tokens create -i shop/hosts --duration 1h --max-uses 1'],
    },
    async () => (await import('#cli/hostfactory.ts')).createTokens,
  )

const revokeToken = (name: string): Command =>
  command(
    {
      name,
      summary: 'revoke a token; hosts that it made stay',
      options: { token },
      shows: 'that it was done: `done`',
      exits: { 6: 'there is no such token' },
      examples: ['strongroom hostfactory tokens revoke -t - < token'],
    },
    async () => (await import('#cli/hostfactory.ts')).revokeToken,
  )

const createHost = (name: string): Command =>
  command(
    {
      name,
      summary: 'make a host, or give one that the factory made a new API key',
      description: 'The token is all that it takes: nobody needs to be logged in.',
      options: {
        token,
        id: { short: 'i', value: 'id', required: true, summary: 'the whole id of the host' },
      },
      shows: 'the host, as the API shows it, with its `api_key`',
      exits: { 4: 'the token is not good' },
      examples: ['strongroom hostfactory hosts create -i shop/web-1 -t - < token'],
    },
    async () => (await import('#cli/hostfactory.ts')).createHost,
  )

/** Machines that make their own hosts, also in the word order of older clients. */
export const HOST_FACTORY: Group = {
  name: 'hostfactory',
  summary: 'let machines make their own hosts',
  commands: [
    {
      name: 'tokens',
      summary: 'make and revoke the tokens with which hosts are made',
      commands: [createTokens('create'), revokeToken('revoke')],
    },
    { name: 'hosts', summary: 'make hosts with a token', commands: [createHost('create')] },
    {
      name: 'create',
      summary: 'make tokens and hosts',
      commands: [createTokens('token'), createHost('host')],
      isHidden: true,
    },
    {
      name: 'revoke',
      summary: 'revoke tokens',
      commands: [revokeToken('token')],
      isHidden: true,
    },
  ],
}
