import { command } from '#cli/command.ts'
import type { Entry } from '#cli/command.ts'
import { EXIT_CODE } from './verdict.ts'

const role = { name: 'role', summary: 'the role, as KIND:ID' } as const
const privilege = { name: 'privilege', summary: 'the privilege, for example execute' } as const
const resource = { name: 'resource', summary: 'the resource, as KIND:ID' } as const

/** Who may do what, and why. */
export const ACCESS: readonly Entry[] = [
  command(
    {
      name: 'check',
      summary: 'tell whether a privilege on a resource is held',
      positionals: [resource, privilege],
      options: {
        role: { short: 'r', value: 'role', summary: 'by another role, as KIND:ID' },
        'exit-code': EXIT_CODE,
      },
      shows: 'an object with `allowed`',
      exits: { 5: 'it is not held, with --exit-code' },
      examples: [
        'strongroom check variable:shop/db/password execute',
        'strongroom check variable:shop/db/password execute --exit-code',
      ],
    },
    async () => (await import('#cli/check.ts')).check,
  ),
  command(
    {
      name: 'why',
      summary: 'show the grants that let a role do something, or what is missing',
      description:
        'Roles that the caller may not see are not named: a way through them is told as one through a role you cannot see. ' +
        'Only a Strongroom server can tell.',
      positionals: [role, privilege, resource],
      options: { 'exit-code': EXIT_CODE },
      shows:
        'an object with `allowed`, `paths` (each with `ground`, which is `owner` or `permission`, and `path`, the roles from the one asked ' +
        'about to the one with the ground, null for those that may not be named), `privileges` that the role has, `granted` roles that ' +
        'may by themselves, and `hides_others`',
      exits: {
        5: 'it may not, with --exit-code',
        6: 'there is no such role or resource, or none that may be seen',
      },
      examples: [
        'strongroom why host:shop/web execute variable:shop/db/password',
        'strongroom why user:alice execute variable:shop/db/password',
      ],
    },
    async () => (await import('#cli/why.ts')).why,
  ),
  command(
    {
      name: 'who',
      summary: 'list everybody who may read a value, and how they got there',
      description:
        'Roles that the caller may not see are not named, but that there are some is told. Only a Strongroom server can tell.',
      positionals: [resource],
      options: {
        privilege: {
          short: 'p',
          value: 'privilege',
          standard: 'execute',
          summary: 'who may do this instead',
        },
        kind: { short: 'k', value: 'kind', summary: 'only roles of a kind' },
      },
      shows:
        'an object with `roles`, each with `role`, `ground` and `path` as in `why`, and `hides_others`',
      exits: { 6: 'there is no such resource, or none that may be seen' },
      examples: [
        'strongroom who variable:shop/db/password',
        'strongroom who variable:shop/db/password --kind host',
      ],
    },
    async () => (await import('#cli/who.ts')).who,
  ),
]
