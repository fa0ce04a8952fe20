import type { Change, Row } from '#domain/change.ts'
import type { Deed } from './recorder.ts'

/** What the trail says of one row that a policy load changed (reference/conjur-api.md 7.4, `policy`). */
export const changeDeed = ({ op, row }: Change): Deed => ({
  kind: 'policy',
  operation: op,
  subject: subjectOf(row),
})

function subjectOf(row: Row): Deed['subject'] {
  switch (row.table) {
    case 'role':
      return { role: row.id }
    case 'resource':
      return { resource: row.id, owner: row.owner }
    case 'membership':
      return { role: row.role, [row.ownership ? 'owner' : 'member']: row.member }
    case 'permission':
      return { resource: row.resource, role: row.role, privilege: row.privilege }
    case 'annotation':
      return { resource: row.resource, annotation: row.name }
    case 'enablement':
      return { resource: row.resource, enabled: row.enabled }
    case 'restriction':
      return { role: row.role, restricted_to: row.cidrs.join(',') }
    case 'credential':
      return { role: row.role, credential: true }
  }
}
