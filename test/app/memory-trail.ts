import type { AuditEvent } from '#app/audit.ts'
import type { AuditQuery, StoredAuditEvent } from '#app/store.ts'

/** The audit trail of a database in memory. */
export class MemoryTrail {
  readonly #stored: StoredAuditEvent[] = []

  record(events: readonly AuditEvent[]): void {
    for (const event of events)
      this.#stored.push({ id: this.#stored.length + 1, event: kept(event) })
  }

  /** What `query` asks for, newest first. */
  find(query: AuditQuery): readonly StoredAuditEvent[] {
    const { before = Infinity, limit } = query
    return this.#stored
      .filter(({ id, event }) => id < before && isMatch(event, query))
      .toReversed()
      .slice(0, limit)
  }
}

/** An event as it is read back: a copy, in which no text makes the trail unreadable. */
const kept = (event: AuditEvent): AuditEvent => ({
  ...event,
  user: readable(event.user),
  ...(event.reason === undefined ? {} : { reason: readable(event.reason) }),
  subject: Object.fromEntries(
    Object.entries(event.subject).map(([name, value]) => [
      name,
      typeof value === 'string' ? readable(value) : value,
    ]),
  ),
})

const readable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

function isMatch(
  event: AuditEvent,
  { account, role, resource, operation, result }: AuditQuery,
): boolean {
  return (
    event.account === account &&
    (role === undefined || event.user === role) &&
    (resource === undefined || event.subject['resource'] === resource) &&
    (operation === undefined || event.operation === operation) &&
    (result === undefined || event.result === result)
  )
}
