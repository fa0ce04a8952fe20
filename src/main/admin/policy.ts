import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { loadPolicy } from '#app/load-policy.ts'
import { administratorSession, givePassword } from '#app/operator.ts'
import { adminOf, rootPolicyOf } from '#domain/id.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { sha256 } from '../server/use-cases.ts'
import type { AdminContext } from './context.ts'
import type { AdminNode } from './node.ts'

/** `policy load`: replaces the root policy of an account, as its administrator. */
export const policyCommand = (context: AdminContext): Command =>
  new Command('policy').description('load policy').addCommand(
    new Command('load')
      .description('replace the root policy of an account by each file in turn')
      .argument('<account>')
      .argument('<file...>')
      .action((account: string, files: readonly string[]) =>
        context.withNode(async (node) => {
          const texts = await Promise.all(files.map(readPolicy))
          for (const text of texts) await replaceRoot(context, node, account, text)
          await setAdminPassword(context, node, account)
        }),
      ),
  )

async function readPolicy(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('usage', `cannot read ${quoted(path)}`, { cause })
  }
}

/** The outputs are those of conjurctl (reference/conjur-api.md 7.7). */
async function replaceRoot(
  context: AdminContext,
  node: AdminNode,
  account: string,
  text: string,
): Promise<void> {
  const startedAt = performance.now()
  const session = await administratorSession(node, account)
  const load = loadPolicy({ ...node, sha256 })
  const { createdRoles, warnings } = await load(session, {
    target: rootPolicyOf(account),
    text,
    mode: 'replace',
  })
  for (const warning of warnings) context.say(`warning: ${warning}`)
  const printed = createdRoles.map(({ id, apiKey }) => [id, { id, api_key: apiKey }])
  context.print(JSON.stringify(Object.fromEntries(printed), undefined, 2))
  const seconds = (performance.now() - startedAt) / 1000
  context.say(`Loaded policy in ${seconds.toFixed(3)} seconds`)
}

async function setAdminPassword(
  { environment, say }: AdminContext,
  node: AdminNode,
  account: string,
): Promise<void> {
  const password = environment['CONJUR_ADMIN_PASSWORD']?.trim() ?? ''
  if (password === '') return
  await givePassword(node, adminOf(account), password)
  say('The password of the administrator is that of CONJUR_ADMIN_PASSWORD')
}
