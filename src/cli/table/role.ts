import { command } from '#cli/command.ts'
import type { Command, Group } from '#cli/command.ts'
import { EXIT_CODE, JSON_SWITCH } from './verdict.ts'

const role = { name: 'role', summary: 'the role, as KIND:ID' } as const
const member = { name: 'member', summary: 'the member, as KIND:ID' } as const
const unseen = { 6: 'there is no such role, or none that may be seen' } as const

const commands: readonly Command[] = [
  command(
    {
      name: 'show',
      summary: 'show a role with its members',
      positionals: [role],
      shows: 'the role, as the API shows it',
      exits: unseen,
      examples: ['strongroom role show layer:shop'],
    },
    async () => (await import('#cli/role.ts')).showRole,
  ),
  command(
    {
      name: 'exists',
      summary: 'tell whether there is a role',
      positionals: [role],
      options: { json: JSON_SWITCH, 'exit-code': EXIT_CODE },
      shows: 'an object with `exists`',
      exits: { 6: 'there is no such role, with --exit-code' },
      examples: ['strongroom role exists layer:shop'],
    },
    async () => (await import('#cli/role.ts')).roleExists,
  ),
  command(
    {
      name: 'members',
      summary: 'list who holds a role directly',
      positionals: [role],
      options: {
        verbose: { short: 'v', summary: 'the memberships, not only the ids' },
      },
      shows: 'a list of ids; with `--verbose` of memberships, as the API shows them',
      exits: unseen,
      examples: ['strongroom role members layer:shop'],
    },
    async () => (await import('#cli/role.ts')).members,
  ),
  command(
    {
      name: 'memberships',
      summary: 'list what a role is and holds, directly or through others',
      positionals: [role],
      options: { direct: { summary: 'the memberships of the role itself, not only the ids' } },
      shows: 'a list of ids; with `--direct` of memberships, as the API shows them',
      exits: unseen,
      examples: ['strongroom role memberships host:shop/web'],
    },
    async () => (await import('#cli/role.ts')).memberships,
  ),
  command(
    {
      name: 'add-member',
      summary: 'give a role to another one',
      positionals: [role, member],
      shows: 'that it was done: `done`, `role` and `member`',
      exits: { 5: 'the role may not be given', 6: 'there is no such role or member' },
      examples: ['strongroom role add-member group:shop/operators user:alice'],
    },
    async () => (await import('#cli/role.ts')).addMember,
  ),
  command(
    {
      name: 'remove-member',
      summary: 'take a role away from another one',
      positionals: [role, member],
      shows: 'that it was done: `done`, `role` and `member`',
      exits: { 5: 'the role may not be taken away', 6: 'there is no such role or member' },
      examples: ['strongroom role remove-member group:shop/operators user:alice'],
    },
    async () => (await import('#cli/role.ts')).removeMember,
  ),
]

/** Who holds what. */
export const ROLE: Group = { name: 'role', summary: 'see and change who holds a role', commands }
