import { Command } from 'commander'
import { giveNewKey, givePassword, takeFactors, unlockRole } from '#app/operator.ts'
import { parseId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { adminKeyFile } from '../server/admin-key.ts'
import { readIfThere } from '../server/private-file.ts'
import { Ended } from './context.ts'
import type { AdminContext } from './context.ts'
import type { AdminNode } from './node.ts'

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
        .description(
          'print the API key of an administrator that its first start left in a file; others are kept as digests',
        )
        .argument('<role...>', 'account:kind:id')
        .action((roles: readonly string[]) => retrieveKeys(context, roles.map(parseId))),
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
      new Command('reset-factors')
        .description('remove all second factors of a user who has lost them; its tokens end')
        .argument('<role>', 'account:user:id')
        .action((role: string) =>
          context.withNode(async (node) => {
            await takeFactors(node, parseId(role))
            context.say(`${role} has no second factors`)
          }),
        ),
    )
    .addCommand(
      new Command('unlock')
        .description('end the locks that failed logins and wrong codes put on a role')
        .argument('<role>', 'account:kind:id')
        .action((role: string) => context.withNode((node) => unlockRole(node, parseId(role)))),
    )

/** Every key that there is, a line each; ends with 1 when one of them is not (reference/conjur-api.md 7.7). */
async function retrieveKeys(context: AdminContext, roles: readonly Id[]): Promise<void> {
  const missing: Id[] = []
  await context.withNode(async (node) => {
    for (const role of roles) {
      const key = await keyLeftFor(context, node, role)
      if (key === undefined) missing.push(role)
      else context.print(key)
    }
  })
  if (missing.length === 0) return
  context.say(
    `key retrieval failed: API keys are kept as digests only, that of ${missing.join(' ')} too`,
  )
  context.say(
    `\`${context.name} role rotate-key ${missing.join(' ')}\` makes new ones; the old ones end at once`,
  )
  throw new Ended(1)
}

/** The key in the file that a first start left, while it is one of `role`. */
async function keyLeftFor(
  context: AdminContext,
  { store, apiKeys }: AdminNode,
  role: Id,
): Promise<string | undefined> {
  const text = await readIfThere(adminKeyFile(context.settings()))
  const key = text?.trim() ?? ''
  const ours = apiKeys.digest(key)
  const credential = await store.credential(role)
  return credential?.keys.some(({ digest }) => apiKeys.matches(ours, digest)) === true
    ? key
    : undefined
}
