import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'
import { EXIT_CODE, JSON_SWITCH } from './verdict.ts'

/** What one can see. */
export const LIST: Command = command(
  {
    name: 'list',
    summary: 'list the resources that may be seen',
    options: {
      kind: { short: 'k', value: 'kind', summary: 'only those of a kind' },
      search: {
        short: 's',
        value: 'words',
        summary: 'only those whose id or annotations hold all words',
      },
      limit: { short: 'l', value: 'number', type: 'number', summary: 'at most so many' },
      offset: {
        short: 'o',
        value: 'number',
        type: 'number',
        summary: 'without the first so many',
      },
      role: { short: 'r', value: 'role', summary: 'those that a role sees, as KIND:ID' },
      inspect: { short: 'i', summary: 'everything about them, not only their ids' },
      count: { short: 'c', summary: 'only how many there are' },
      'members-of': { short: 'm', value: 'role', summary: 'role members', isHidden: true },
      verbose: { short: 'v', summary: 'role members --verbose', isHidden: true },
      'permitted-roles': {
        value: 'resource',
        summary: 'resource permitted-roles',
        isHidden: true,
      },
      privilege: { short: 'p', value: 'privilege', summary: 'of those', isHidden: true },
    },
    shows:
      'a list of ids; with `--inspect` of resources, as the API shows them; with `--count` a number',
    exits: { 5: 'the role is not held' },
    examples: ['strongroom list -k variable', 'strongroom list -k variable --count'],
  },
  async () => (await import('#cli/list.ts')).list,
)

const resource = { name: 'resource', summary: 'the resource, as KIND:ID' } as const

const show: Command = command(
  {
    name: 'show',
    summary: 'show everything about a resource',
    positionals: [resource],
    shows: 'the resource, as the API shows it',
    exits: { 6: 'there is no such resource, or none that may be seen' },
    examples: ['strongroom resource show variable:shop/db/password'],
  },
  async () => (await import('#cli/resource.ts')).showResource,
)

const exists: Command = command(
  {
    name: 'exists',
    summary: 'tell whether there is a resource',
    positionals: [resource],
    options: { json: JSON_SWITCH, 'exit-code': EXIT_CODE },
    shows: 'an object with `exists`',
    exits: { 6: 'there is no such resource, with --exit-code' },
    examples: ['strongroom resource exists variable:shop/db/password'],
  },
  async () => (await import('#cli/resource.ts')).resourceExists,
)

const permittedRoles: Command = command(
  {
    name: 'permitted-roles',
    summary: 'list the roles that hold a privilege on a resource',
    positionals: [resource, { name: 'privilege', summary: 'the privilege, for example execute' }],
    shows: 'a list of ids',
    exits: { 6: 'there is no such resource, or none that may be seen' },
    examples: ['strongroom resource permitted-roles variable:shop/db/password execute'],
  },
  async () => (await import('#cli/resource.ts')).permittedRoles,
)

/** One resource. */
export const RESOURCE: Group = {
  name: 'resource',
  summary: 'look at one resource',
  commands: [show, exists, permittedRoles],
}
