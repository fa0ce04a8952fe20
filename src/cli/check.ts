import type { Command } from 'commander'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'

interface CheckOptions extends GlobalOptions {
  readonly role?: string
}

/** `strongroom check`: prints `true` or `false`, and succeeds either way. */
export const checkCommand = (context: CliContext): Command =>
  serverCommand('check', 'tell whether a privilege on a resource is held')
    .argument('<resource>', 'the resource, as KIND:ID')
    .argument('<privilege>', 'the privilege, for example execute')
    .option('-r, --role <role>', 'of another role, as KIND:ID')
    .action((resource: string, privilege: string, options: CheckOptions) =>
      context.withClient(options, async (client) =>
        context.print(`${await client.check(resource, privilege, options.role)}\n`),
      ),
    )
