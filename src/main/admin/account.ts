import { Command } from 'commander'
import { accountNames, deleteAccountAsOperator, permitAccounts } from '#app/account-management.ts'
import { createAccount } from '#app/accounts.ts'
import { parseId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { OperatorNode } from './node.ts'
import { Ended } from './context.ts'
import type { AdminContext } from './context.ts'
import { readLine } from './surroundings.ts'

interface CreateOptions {
  readonly name?: string
  readonly passwordFromStdin?: boolean
}

/** `account`: the accounts of an installation. */
export const accountCommand = (context: AdminContext): Command =>
  new Command('account')
    .description('create, delete and list accounts')
    .addCommand(
      new Command('create')
        .description('create an account and show the API key of its administrator')
        .argument('[name]')
        .option('--name <name>', 'the same as the argument; `default` when neither is given')
        .option(
          '--password-from-stdin',
          "set the administrator's password from a line of the input",
        )
        .action((name: string | undefined, options: CreateOptions) =>
          create(context, options.name ?? name ?? 'default', options),
        ),
    )
    .addCommand(
      new Command('delete')
        .description('delete an account with everything in it')
        .argument('<name>')
        .action((name: string) => remove(context, name)),
    )
    .addCommand(
      new Command('list').description('list the accounts').action(() =>
        context.withNode(async ({ store }) => {
          for (const name of await accountNames(store)) context.print(name)
        }),
      ),
    )
    .addCommand(
      new Command('permit')
        .description(
          'let a role manage accounts over the API: execute creates, read lists, update deletes',
        )
        .argument('<role>', 'account:kind:id')
        .argument('<privilege...>')
        .action((role: string, privileges: readonly string[]) =>
          context.withNode((node) => permitAccounts(node, parseId(role), privileges)),
        ),
    )
    .addCommand(
      new Command('deny')
        .description('let a role no longer manage accounts')
        .argument('<role>', 'account:kind:id')
        .action((role: string) =>
          context.withNode((node) => permitAccounts(node, parseId(role), [])),
        ),
    )

/** The texts are those of conjurctl, which scripts look for (reference/conjur-api.md 7.7). */
async function create(
  context: AdminContext,
  name: string,
  { passwordFromStdin = false }: CreateOptions,
): Promise<void> {
  if (passwordFromStdin && context.stdin.isTTY === true) {
    throw new Failure('usage', 'please provide an input via STDIN')
  }
  const password = passwordFromStdin ? await readLine(context) : undefined
  await context.withNode(async (node) => {
    const options = password === undefined ? {} : { passwordHash: await hashOf(node, password) }
    const apiKey = await orEnd('conflict', `Account '${name}' already exists`, context, () =>
      createAccount(node)(name, options),
    )
    context.say(`Created new account '${name}'`)
    await printSigningKey(context, node, name)
    context.print(password === undefined ? `API key for admin: ${apiKey}` : 'Password is set')
  })
}

/** Prints the key that verifies the tokens of an account. */
export async function printSigningKey(
  { print }: Pick<AdminContext, 'print'>,
  { store }: Pick<OperatorNode, 'store'>,
  name: string,
): Promise<void> {
  const key = (await store.signingKeys()).find(({ account }) => account === name)
  print(`Token-Signing Public Key: ${key?.publicKeyPem.trimEnd() ?? ''}`)
}

/** The hash of the administrator's first password; throws `validation_failed` for a weak one. */
export async function hashOf(
  { passwords }: Pick<OperatorNode, 'passwords'>,
  password: string,
): Promise<string> {
  const weakness = passwords.weakness(password)
  if (weakness !== undefined) throw new Failure('validation_failed', weakness)
  return passwords.hash(password)
}

async function remove(context: AdminContext, name: string): Promise<void> {
  await context.withNode(async (node) => {
    await orEnd('not_found', `Account '${name}' not found`, context, () =>
      deleteAccountAsOperator(node, name),
    )
    context.say(`Deleted account '${name}'`)
  })
}

/** Ends with 1 and `text` where the work fails with `code`, as conjurctl does. */
async function orEnd<T>(
  code: Failure['code'],
  text: string,
  context: AdminContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== code) throw error
    context.say(text)
    throw new Ended(1)
  }
}
