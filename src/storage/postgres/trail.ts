import type { AuditEvent } from '#app/audit.ts'
import type { AuditQuery, StoredAuditEvent } from '#app/store.ts'
import { type Line } from './line.ts'
import type { Pool, Transaction } from './pool.ts'
import { statement } from './statement.ts'

/** Events are written a batch to a row, because a row each costs the database twenty times as much. */
const BATCH = 1_000
/** The account of a batch whose events are not all of one account. No account has this name. */
const MIXED = ''

/** The statement that makes batches durable: {@link batchValues} are its parameters. */
const RECORD = statement(
  'record',
  'insert into audit (account, events) select * from unnest($1::text[], $2::text[])',
)

/** Makes `events` durable in one commit. */
export async function record(line: Line, events: readonly AuditEvent[], ms: number): Promise<void> {
  if (events.length > 0) await line.query(RECORD, batchValues(events), ms)
}

/** Adds `events` to a transaction. */
export async function recordIn(
  transaction: Transaction,
  events: readonly AuditEvent[],
): Promise<void> {
  if (events.length > 0) await transaction.query(RECORD.text, batchValues(events))
}

/** The columns `account` and `events` of the rows that hold `events`. */
export function batchValues(events: readonly AuditEvent[]): [accounts: string[], texts: string[]] {
  const batches = Array.from({ length: Math.ceil(events.length / BATCH) }, (_, index) =>
    events.slice(index * BATCH, (index + 1) * BATCH),
  )
  return [batches.map(accountOfAll), batches.map(textOf)]
}

function accountOfAll(events: readonly AuditEvent[]): string {
  const account = events[0]?.account ?? MIXED
  return events.every((event) => event.account === account) ? account : MIXED
}

/** JSON may hold NUL and lone surrogates as escapes, which PostgreSQL cannot read back; a trail must stay readable, so they are replaced. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(value, storable) : text
}

const storable = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value

/** One branch for the account's own batches and one for mixed ones, so that each walks an index from its newest end. */
const branch = (account: string): string =>
  `(select audit.id * ${BATCH} + item.place - 1 as id, item.event
    from audit cross join lateral jsonb_array_elements(audit.events::jsonb) with ordinality as item (event, place)
    where audit.account = ${account} and audit.id <= $2::bigint / ${BATCH}
      and audit.id * ${BATCH} + item.place - 1 < $2::bigint
      and strpos(audit.events, $3) > 0 and strpos(audit.events, $4) > 0
      and item.event ->> 'account' = $1
      and ($5::text is null or item.event ->> 'user' = $5)
      and ($6::text is null or item.event -> 'subject' ->> 'resource' = $6)
      and ($7::text is null or item.event ->> 'operation' = $7)
      and ($8::text is null or item.event ->> 'result' = $8)
    order by audit.id desc, item.place desc limit $9)`

const QUERY = `select id, event from (${branch('$1')} union all ${branch(`'${MIXED}'`)}) as found
  order by id desc limit $9`

/**
 * For this transaction, no plan that collects all batches of an account in order to sort them: it looks cheap for an account of which
 * the planner knows little, and took 1.9 s where the walk takes 3 ms (500,000 events).
 */
const WALK_INDEXES = `select set_config(name, 'off', true) from pg_settings
  where name in ('enable_bitmapscan', 'enable_seqscan', 'enable_sort')`

/** The records that `query` asks for, newest first. */
export async function audit(
  pool: Pool,
  query: AuditQuery,
  ms: number,
): Promise<StoredAuditEvent[]> {
  const { account, role, resource, operation, result, before, limit } = query
  // A batch whose text does not hold a name cannot hold an event with it: that is cheaper to see than to parse the batch.
  const hints = [role, resource].map((text) => (text === undefined ? '' : JSON.stringify(text)))
  const values = [account, before ?? Number.MAX_SAFE_INTEGER, ...hints]
  const filters = [role, resource, operation, result].map((text) => text ?? null)
  const rows = await pool.transaction('begin', ms, async (transaction) => {
    const [, found] = await Promise.all([
      transaction.query(WALK_INDEXES),
      transaction.query<{ id: string; event: AuditEvent }>(QUERY, [...values, ...filters, limit]),
    ])
    return found
  })
  return rows.map(({ id, event }) => ({ id: Number(id), event }))
}
