import type { Command } from 'commander'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'

/** `strongroom pubkeys`: the public keys of a user, for example for `authorized_keys`. */
export const pubkeysCommand = (context: CliContext): Command =>
  serverCommand('pubkeys', 'show the public keys of a user')
    .argument('<user>', 'the name of the user')
    .action((user: string, options: GlobalOptions) =>
      context.withClient(options, async (client) => context.print(await client.publicKeys(user))),
    )
