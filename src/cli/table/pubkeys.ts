import { command } from '#cli/command.ts'
import type { Command } from '#cli/command.ts'

/** Public keys. */
export const PUBKEYS: Command = command(
  {
    name: 'pubkeys',
    summary: 'show the public keys of a user',
    positionals: [{ name: 'user', summary: 'the name of the user' }],
    shows: 'a list of keys',
    examples: ['strongroom pubkeys alice'],
  },
  async () => (await import('#cli/pubkeys.ts')).pubkeys,
)
