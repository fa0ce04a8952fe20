import type { Command } from 'commander'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'

/** `strongroom whoami`: who the server takes us for. */
export const whoamiCommand = (context: CliContext): Command =>
  serverCommand('whoami', 'show who is logged in').action((options: GlobalOptions) =>
    context.withClient(options, async (client) => context.printJson(await client.whoami())),
  )
