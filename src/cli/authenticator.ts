import { Command } from 'commander'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'

interface InstanceOptions extends GlobalOptions {
  readonly id: string
}

/** `strongroom authenticator enable | disable`. */
export const authenticatorCommand = (context: CliContext): Command =>
  new Command('authenticator')
    .description('say which authenticators may be used')
    .addCommand(switchCommand(context, true))
    .addCommand(switchCommand(context, false))

function switchCommand(context: CliContext, enabled: boolean): Command {
  const verb = enabled ? 'enable' : 'disable'
  return serverCommand(verb, `${verb} an authenticator of the account`)
    .requiredOption('-i, --id <id>', 'the authenticator, for example authn-jwt/kube')
    .action(async ({ id, ...options }: InstanceOptions) => {
      await context.withClient(options, (client) => client.enableAuthenticator(id, enabled))
      context.print(`Authenticator ${id} is ${verb}d\n`)
    })
}
