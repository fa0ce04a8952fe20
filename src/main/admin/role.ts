import { Command } from 'commander'
import { giveNewKey, givePassword, unlockRole } from '#app/operator.ts'
import { parseId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { AdminContext } from './context.ts'

/** `role`: the credentials of users and hosts. */
export const roleCommand = (context: AdminContext): Command =>
  new Command('role')
    .description('keys, passwords and locks of users and hosts')
    .addCommand(
      new Command('rotate-key')
        .description('give roles new API keys and print them; their old keys and tokens end')
        .argument('<role...>', 'account:kind:id')
        .action((roles: readonly string[]) =>
          context.withNode(async (node) => {
            for (const role of roles.map(parseId)) context.print(await giveNewKey(node, role))
          }),
        ),
    )
    .addCommand(
      new Command('retrieve-key')
        .description('not possible here: API keys are kept as digests')
        .argument('<role...>', 'account:kind:id')
        .action(refuseToRetrieve),
    )
    .addCommand(
      new Command('reset-password')
        .description('set the password of a user and print its new API key')
        .argument('<role>', 'account:user:id')
        .action(async (text: string) => {
          const role = parseId(text)
          const password = await context.newPassword()
          await context.withNode(async (node) => {
            await givePassword(node, role, password)
            context.print(await giveNewKey(node, role))
            context.say(`Password and API key of ${role} are new`)
          })
        }),
    )
    .addCommand(
      new Command('unlock')
        .description('end the lock that failed logins put on a role')
        .argument('<role>', 'account:kind:id')
        .action((role: string) => context.withNode((node) => unlockRole(node, parseId(role)))),
    )

function refuseToRetrieve(roles: readonly string[]): never {
  throw new Failure('usage', 'API keys cannot be shown: they are kept as digests only', {
    hint: `\`strongroom admin role rotate-key ${roles.join(' ')}\` makes new ones; the old ones end at once`,
  })
}
