import { accountNames } from '#app/account-management.ts'
import { createAccount } from '#app/accounts.ts'
import { rootPolicyOf } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { Log } from '#lib/log.ts'
import { describeError, exitCodeOf } from '#client/report.ts'
import { main as serve } from '../server.ts'
import { keepAdminKey } from '../server/admin-key.ts'
import type { PreparedNode } from '../server/service.ts'
import type { Settings } from '../server/settings.ts'
import { VERSION } from '../version.ts'
import { hashOf, printSigningKey } from './account.ts'
import { standardsOf } from './conjurctl.ts'
import { operatorParts } from './node.ts'
import type { OperatorNode } from './node.ts'
import { readPolicyFile } from './policy-files.ts'
import { replaceRoot } from './policy-loading.ts'
import type { LoadSurroundings } from './policy-loading.ts'
import { parseServerArguments, serverHelp } from './server-arguments.ts'
import type { ServerOrder } from './server-arguments.ts'
import { readLine } from './surroundings.ts'
import type { AdminSurroundings } from './surroundings.ts'

/** `conjurctl server`: creates an account with its policy when told to, and serves; resolves to the exit code (reference/conjur-api.md 7.7). */
export async function serverCommand(
  argv: readonly string[],
  surroundings: AdminSurroundings,
): Promise<number> {
  const { stdout, stderr } = surroundings
  let order: ServerOrder
  let bootstrap: Bootstrap
  try {
    order = parseServerArguments(argv)
    if (order.help) {
      stdout.write(serverHelp(surroundings.name))
      return 0
    }
    bootstrap = await bootstrapOf(order, surroundings)
  } catch (error) {
    stderr.write(describeError(error))
    return exitCodeOf(error)
  }
  stdout.write(`Conjur v${VERSION} starting up...\n`)
  return serve(order.flags, {
    migrates: order.migrates,
    standards: standardsOf(surroundings),
    prepare: (node, settings, log) => prepare({ bootstrap, surroundings, settings, log }, node),
  })
}

/** What an account begins with; everything that is read from elsewhere has been. */
interface Bootstrap {
  readonly account: string | undefined
  readonly password: string | undefined
  readonly policy: string | undefined
}

async function bootstrapOf(
  { account, passwordFromStdin, file }: ServerOrder,
  surroundings: AdminSurroundings,
): Promise<Bootstrap> {
  if (passwordFromStdin && surroundings.stdin.isTTY === true) {
    throw new Failure('usage', 'please provide an input via STDIN')
  }
  return {
    account,
    password: passwordFromStdin ? await readLine(surroundings) : undefined,
    policy: file === undefined ? undefined : await readPolicyFile(file),
  }
}

/** What preparing a node stands on. */
interface Preparation {
  readonly bootstrap: Bootstrap
  readonly surroundings: AdminSurroundings
  readonly settings: Settings
  readonly log: Log
}

async function prepare(preparation: Preparation, prepared: PreparedNode): Promise<void> {
  const { bootstrap, surroundings, settings } = preparation
  const { account, policy } = bootstrap
  if (account === undefined) return
  const node = operatorParts(prepared, settings)
  const speech = speechOf(surroundings)
  if ((await accountNames(node.store)).includes(account)) {
    speech.say(`Account '${account}' already exists`)
  } else await createFirst(preparation, node, account)
  if (policy === undefined) return
  // A start that was killed between account and policy is made up for; what was loaded since is not undone by a restart.
  if (await hasPolicy(node, account)) speech.say(`Account '${account}' has its policy already`)
  else await replaceRoot(speech, node, account, policy)
}

/** The key goes where that of any first start goes, and never to whatever collects the output. */
async function createFirst(
  { bootstrap: { password }, surroundings, settings, log }: Preparation,
  node: OperatorNode,
  account: string,
): Promise<void> {
  const { print, say } = speechOf(surroundings)
  await createAccount(node)(
    account,
    password === undefined
      ? { keep: (key) => keepAdminKey(key, { ...settings, account }, log) }
      : { passwordHash: await hashOf(node, password) },
  )
  say(`Created new account '${account}'`)
  await printSigningKey({ print }, node, account)
  if (password !== undefined) print('Password is set')
}

async function hasPolicy({ store }: OperatorNode, account: string): Promise<boolean> {
  const root = rootPolicyOf(account)
  const details = await store.details([root])
  return (details.get(root)?.policyVersions.length ?? 0) > 0
}

const speechOf = ({ environment, stdout, stderr }: AdminSurroundings): LoadSurroundings => ({
  environment,
  print: (line) => void stdout.write(`${line}\n`),
  say: (line) => void stderr.write(`${line}\n`),
})
