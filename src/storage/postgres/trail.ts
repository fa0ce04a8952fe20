import type { AuditEvent } from '#app/audit.ts'
import type { AuditQuery, StoredAuditEvent } from '#app/store.ts'
import { type Line } from './line.ts'
import type { Pool, Transaction } from './pool.ts'
import { statement } from './statement.ts'
import { BATCH, MIXED, parseBatch, rowsOf } from './trail-batch.ts'

/** Events are written a batch to a row, because a row each costs the database twenty times as much. */
const RECORD = statement('record', 'insert into audit (account, events) values ($1, $2)')
const RECORD_ROWS = statement(
  'record_rows',
  'insert into audit (account, events) select * from unnest($1::text[], $2::text[])',
)

/** Makes `events` durable in one commit. */
export async function record(line: Line, events: readonly AuditEvent[], ms: number): Promise<void> {
  const [first, ...more] = rowsOf(events)
  if (first === undefined) return
  if (more.length === 0) await line.query(RECORD, first, ms)
  else await line.query(RECORD_ROWS, columnsOf([first, ...more]), ms)
}

/** Adds `events` to a transaction. */
export async function recordIn(
  transaction: Transaction,
  events: readonly AuditEvent[],
): Promise<void> {
  if (events.length > 0) await transaction.query(RECORD_ROWS.text, columnsOf(rowsOf(events)))
}

const columnsOf = (rows: ReturnType<typeof rowsOf>): [accounts: string[], texts: string[]] => [
  rows.map(([account]) => account),
  rows.map(([, events]) => events),
]

/**
 * One branch for the account's own rows and one for mixed ones, so that each walks an index from its newest end. A row whose text does
 * not hold what is asked for cannot hold such an event: that is cheaper to see than to parse it.
 */
const branch = (account: string): string =>
  `(select id, events from audit
    where account = ${account} and id < $2::bigint
      and strpos(events, $3) > 0 and strpos(events, $4) > 0
      and strpos(events, $5) > 0 and strpos(events, $6) > 0
    order by id desc limit ${CHUNK})`

/** How many rows are looked at together. */
const CHUNK = 200

const ROWS = `select id, events from (${branch('$1')} union all ${branch(`'${MIXED}'`)}) as found
  order by id desc limit ${CHUNK}`

/** The records that `query` asks for, newest first. */
export const audit = (pool: Pool, query: AuditQuery, ms: number): Promise<StoredAuditEvent[]> =>
  pool.transaction('begin', ms, async (transaction) => {
    const hints = hintsOf(query)
    const found: StoredAuditEvent[] = []
    let before: string | number = Math.ceil((query.before ?? Number.MAX_SAFE_INTEGER) / BATCH)
    for (;;) {
      // Each look continues where the one before it ended.
      // oxlint-disable-next-line no-await-in-loop
      const rows: readonly StoredRow[] = await transaction.query<StoredRow>(ROWS, [
        query.account,
        before,
        ...hints,
      ])
      for (const row of rows) found.push(...matching(row, query))
      const last = rows.at(-1)
      if (last === undefined || rows.length < CHUNK || found.length >= query.limit) break
      before = last.id
    }
    return found.slice(0, query.limit)
  })

interface StoredRow {
  readonly id: string
  readonly events: string
}

function hintsOf({ role, resource, operation, result }: AuditQuery): readonly string[] {
  const member = (name: string, text: string | undefined): string =>
    text === undefined ? '' : `"${name}":${JSON.stringify(text)}`
  return [
    member('user', role),
    member('resource', resource),
    member('operation', operation),
    member('result', result),
  ]
}

/** The events of a row that match, newest first. */
function matching({ id, events }: StoredRow, query: AuditQuery): readonly StoredAuditEvent[] {
  const { before = Infinity } = query
  return parseBatch(events)
    .map((event, place) => ({ id: Number(id) * BATCH + place, event }))
    .filter((stored) => stored.id < before && isMatch(stored.event, query))
    .toReversed()
}

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
