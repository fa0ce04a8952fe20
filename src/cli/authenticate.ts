import type { CliContext } from './context.ts'
import { showToken } from './show-token.ts'

/** `strongroom authenticate`: an access token, which was asked for and so is shown. */
export async function authenticate(
  context: CliContext,
  options: { readonly header?: true },
): Promise<void> {
  await context.withClient(async (client) => {
    const token = {
      json: await client.accessToken(),
      authorization: await client.authenticate(),
    }
    return showToken(context, token, options)
  })
}
