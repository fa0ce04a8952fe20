import type { AuditFilter } from '#client/audit-trail.ts'
import { auditLine } from './audit-line.ts'
import type { CliContext } from './context.ts'

/** `strongroom audit`: who did what, the newest event last. */
export const audit = (context: CliContext, filter: AuditFilter): Promise<void> =>
  context.withClient(async (client) => {
    const data = (await client.audit(filter)).toReversed()
    const text = data.map(({ event }) => `${auditLine(event)}\n`).join('')
    await context.show({ data, plain: text, table: text })
  })
