import type { CliContext } from './context.ts'

/** `strongroom whoami`: who the server takes us for. */
export const whoami = (context: CliContext): Promise<void> =>
  context.withClient(async (client) => context.show({ data: await client.whoami() }))
