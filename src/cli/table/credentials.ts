import { command } from '#cli/command.ts'
import type { Group } from '#cli/command.ts'

const exits = {
  5: 'the key may not be replaced',
  6: 'there is no such role, or none that may be seen',
} as const

const shows = 'the role and its new `api_key`'

/** The credentials of users. */
export const USER: Group = {
  name: 'user',
  summary: 'change the credentials of users',
  commands: [
    command(
      {
        name: 'rotate-api-key',
        summary: 'give a user a new API key, and show it this once',
        description:
          'The old key ends at once. The key of whoever is logged in is kept in place of the old one.',
        options: {
          id: { short: 'i', value: 'id', summary: 'the user; whoever is logged in when absent' },
        },
        shows,
        exits,
        examples: ['strongroom user rotate-api-key -i alice'],
      },
      async () => (await import('#cli/credentials.ts')).rotateUserKey,
    ),
    command(
      {
        name: 'change-password',
        summary: 'change the password of whoever is logged in',
        description: 'Everything else that is logged in by that password is logged out.',
        options: {
          password: {
            short: 'p',
            value: 'password',
            summary: 'the new one: others on this machine can see it; asked for when absent',
          },
        },
        shows: 'that it was done: `done` and `login`',
        exits: { 2: 'the password is too weak', 4: 'not logged in by an API key' },
        examples: ["printf 'Sw0rdf!Sh-2026' | strongroom user change-password"],
      },
      async () => (await import('#cli/credentials.ts')).changePassword,
    ),
  ],
}

/** The credentials of hosts. */
export const HOST: Group = {
  name: 'host',
  summary: 'change the credentials of hosts',
  commands: [
    command(
      {
        name: 'rotate-api-key',
        summary: 'give a host a new API key, and show it this once',
        description: 'The old key ends at once.',
        options: {
          id: { short: 'i', value: 'id', summary: 'the host; whoever is logged in when absent' },
        },
        shows,
        exits,
        examples: ['strongroom host rotate-api-key -i shop/web'],
      },
      async () => (await import('#cli/credentials.ts')).rotateHostKey,
    ),
  ],
}
