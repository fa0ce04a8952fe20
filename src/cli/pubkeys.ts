import type { CliContext } from './context.ts'

/** `strongroom pubkeys`: the public keys of a user, for example for `authorized_keys`. */
export const pubkeys = (context: CliContext, { user }: { readonly user: string }): Promise<void> =>
  context.withClient(async (client) => {
    const plain = await client.publicKeys(user)
    const data = plain
      .toString()
      .split('\n')
      .filter((key) => key !== '')
    await context.show({ data, plain })
  })
