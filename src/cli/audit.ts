import type { Command } from 'commander'
import { Option } from 'commander'
import type { AuditFilter } from '#client/audit-trail.ts'
import { auditLine } from './audit-line.ts'
import type { CliContext, GlobalOptions } from './context.ts'
import { serverCommand } from './context.ts'
import { wholeNumber } from './option-values.ts'

interface AuditOptions extends GlobalOptions, AuditFilter {
  readonly output: 'json' | 'table'
}

/** `strongroom audit`: who did what, the newest event last. */
export const auditCommand = (context: CliContext): Command =>
  serverCommand('audit', 'show who did what')
    .option('--resource <resource>', 'only to a resource, as KIND:ID')
    .option('--role <role>', 'only by a role, as KIND:ID')
    .option('--operation <operation>', 'only one operation, for example fetch')
    .addOption(new Option('--result <result>', 'only these').choices(['success', 'failure']))
    .option('--limit <number>', 'the newest so many', wholeNumber)
    .addOption(
      new Option('--output <form>', 'one line an event, or JSON')
        .choices(['json', 'table'])
        .default('table'),
    )
    .action((options: AuditOptions) => showAudit(context, options))

async function showAudit(context: CliContext, options: AuditOptions): Promise<void> {
  const { output, debug: _, timeout: __, ...filter } = options
  await context.withClient(options, async (client) => {
    const entries = (await client.audit(filter)).toReversed()
    if (output === 'json') context.printJson(entries)
    else context.print(entries.map(({ event }) => `${auditLine(event)}\n`).join(''))
  })
}
