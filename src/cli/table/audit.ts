import { command } from '#cli/command.ts'
import type { Command } from '#cli/command.ts'

/** The trail. */
export const AUDIT: Command = command(
  {
    name: 'audit',
    summary: 'show who did what',
    options: {
      resource: { value: 'resource', summary: 'only to a resource, as KIND:ID' },
      role: { value: 'role', summary: 'only by a role, as KIND:ID' },
      operation: { value: 'operation', summary: 'only one operation, for example fetch' },
      result: { value: 'result', choices: ['success', 'failure'], summary: 'only these' },
      limit: { value: 'number', type: 'number', summary: 'the newest so many' },
    },
    shows: 'a list of records, the newest last, each with `id` and `event`',
    exits: { 5: 'the trail may not be read' },
    examples: ['strongroom audit --operation fetch --limit 1'],
  },
  async () => (await import('#cli/audit.ts')).audit,
)
