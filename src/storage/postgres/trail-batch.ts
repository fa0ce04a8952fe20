import type { AuditEvent } from '#app/audit.ts'

/** How many events a row of the trail holds at the most; the id of an event is that of its row and its place in it. */
export const BATCH = 1_000

/** The account of a row whose events are not all of one account. No account has this name. */
export const MIXED = ''

/** A row of the trail: its account and its events as text. */
export type TrailRow = readonly [account: string, events: string]

/** Events that differ in nothing but their subject, as a request for many secrets makes them. */
type Group = Omit<AuditEvent, 'subject'> & { readonly subjects: AuditEvent['subject'][] }

/** The rows that hold `events`, in order. */
export const rowsOf = (events: readonly AuditEvent[]): readonly TrailRow[] =>
  Array.from({ length: Math.ceil(events.length / BATCH) }, (_, index) => {
    const batch = events.slice(index * BATCH, (index + 1) * BATCH)
    return [accountOfAll(batch), printBatch(batch)]
  })

function accountOfAll(events: readonly AuditEvent[]): string {
  const account = events[0]?.account ?? MIXED
  return events.every((event) => event.account === account) ? account : MIXED
}

/**
 * JSON of the events, what neighbours share written once. JSON may hold NUL and lone surrogates as escapes, which PostgreSQL
 * cannot read back; a trail must stay readable, so they are replaced.
 */
function printBatch(events: readonly AuditEvent[]): string {
  const groups = grouped(events)
  const text = JSON.stringify(groups)
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(groups, storable) : text
}

const storable = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value

function grouped(events: readonly AuditEvent[]): readonly Group[] {
  const groups: Group[] = []
  let last: Group | undefined
  for (const event of events) {
    if (last !== undefined && isAlike(last, event)) {
      last.subjects.push(event.subject)
    } else {
      const { subject, ...shared } = event
      last = { ...shared, subjects: [subject] }
      groups.push(last)
    }
  }
  return groups
}

const isAlike = (group: Group, event: AuditEvent): boolean =>
  group.request === event.request &&
  group.operation === event.operation &&
  group.result === event.result &&
  group.kind === event.kind &&
  group.at === event.at &&
  group.user === event.user &&
  group.account === event.account &&
  group.clientIp === event.clientIp &&
  group.reason === event.reason &&
  // Findings of two events are never one object, so they share it only when neither has any.
  group.attestation === event.attestation

/** The events of a row, in order. */
export const parseBatch = (text: string): readonly AuditEvent[] =>
  // Nobody but this file writes the column.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  (JSON.parse(text) as readonly Group[]).flatMap(({ subjects, ...shared }) =>
    subjects.map((subject) => ({ ...shared, subject })),
  )
