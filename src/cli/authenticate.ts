import type { CliContext } from './context.ts'

/** `strongroom authenticate`: an access token, which was asked for and so is shown. */
export async function authenticate(
  context: CliContext,
  { header }: { readonly header?: true },
): Promise<void> {
  await context.withClient(async (client) => {
    const data: unknown = JSON.parse(await client.accessToken())
    if (header !== true) return context.show({ data })
    const plain = `Authorization: ${await client.authenticate()}\n`
    return context.show({ data: { Authorization: await client.authenticate() }, plain })
  })
}
