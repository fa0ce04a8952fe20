import type { Command } from 'commander'
import type { ResourceFilter } from '#client/resources.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { wholeNumber } from './option-values.ts'

interface ListOptions extends GlobalOptions, ResourceFilter {
  readonly inspect?: boolean
  readonly count?: boolean
}

/** `strongroom list`: what the caller may see. */
export const listCommand = (context: CliContext): Command =>
  serverCommand('list', 'list the resources that may be seen')
    .option('-k, --kind <kind>', 'only those of a kind')
    .option('-s, --search <words>', 'only those whose id or annotations hold all words')
    .option('-l, --limit <number>', 'at most so many', wholeNumber)
    .option('-o, --offset <number>', 'without the first so many', wholeNumber)
    .option('-r, --role <role>', 'those that a role sees, as KIND:ID')
    .option('-i, --inspect', 'everything about them, not only their ids')
    .option('-c, --count', 'only how many there are')
    .action((options: ListOptions) => list(context, options))

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const { inspect, count, debug: _, timeout: __, ...filter } = options
  await context.withClient(options, async (client) => {
    if (count === true) return context.printJson(await client.countResources(filter))
    const resources = await client.resources(filter)
    context.printJson(inspect === true ? resources : resources.map(({ id }) => id))
  })
}
