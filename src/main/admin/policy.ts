import { Command } from 'commander'
import type { AdminContext } from './context.ts'
import { readPolicyFile } from './policy-files.ts'
import { replaceRoot } from './policy-loading.ts'
import { watchPolicy } from './policy-watch.ts'

/** `policy`: replaces the root policy of an account, as its administrator (reference/conjur-api.md 7.7). */
export const policyCommand = (context: AdminContext): Command =>
  new Command('policy')
    .description('load policy')
    .addCommand(
      new Command('load')
        .description('replace the root policy of an account by each file in turn')
        .argument('<account>')
        .argument('<file...>')
        .action((account: string, files: readonly string[]) =>
          context.withNode(async (node) => {
            const texts = await Promise.all(files.map(readPolicyFile))
            for (const text of texts) await replaceRoot(context, node, account, text)
          }),
        ),
    )
    .addCommand(
      new Command('watch')
        .description('replace the root policy of an account whenever a file or a folder changes')
        .argument('<account>')
        .argument('<path>', 'the policy, a folder of its files, or a file that names it')
        .action((account: string, path: string) => watchPolicy({ context, account, path })),
    )
