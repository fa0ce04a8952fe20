import { MIME_TYPE } from '#app/store.ts'
import type { Catchup, Snapshot } from '#app/store.ts'
import type {
  Change,
  MembershipRow,
  PermissionRow,
  ResourceRow,
  RoleRow,
  Row,
} from '#domain/change.ts'
import { REQUIRE_MFA } from '#domain/factor-demand.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { type Line } from './line.ts'
import { ONE_MOMENT, type Pool, type Transaction } from './pool.ts'
import { isPresent, numberIn, statement, textIn } from './statement.ts'

/** How many epochs the log keeps, and for how long: a node that was away longer takes a snapshot. */
const KEPT_EPOCHS = 10_000
const KEPT_DAYS = 1
const PRUNE_EVERY = 64

/** All rows that a node holds, of one moment. */
export const snapshot = (pool: Pool, ms: number): Promise<Snapshot> =>
  pool.transaction(ONE_MOMENT, ms, async (transaction) => {
    const [clock, ...tables] = await Promise.all([
      transaction.query<{ epoch: string }>('select epoch from clock'),
      ...GRAPH_TABLES.map((table) => table(transaction)),
    ])
    return { epoch: Number(clock[0]?.epoch), rows: { [Symbol.iterator]: () => rowsIn(tables) } }
  })

/**
 * The rows of tables.
 *
 * @yields each of them, made at that moment
 */
function* rowsIn(tables: readonly Iterable<Row>[]): Generator<Row> {
  for (const table of tables) yield* table
}

/** Reads one table; its rows are made when they are gone through. */
type TableReader = (transaction: Transaction) => Promise<Iterable<Row>>

/** Reads rows in the very shape of src/domain/change.ts; what is null there is absent here. */
const each =
  (text: string): TableReader =>
  async (transaction) => {
    const rows = await transaction.query<{ row: Row }>(text)
    return rows.map(({ row }) => row)
  }

/**
 * Reads rows that differ in one member alone as what they share and a list of that member. There are few such bunches, so that what
 * travels and what is held at a time is little more than the ids; a row each takes ten times as much.
 */
const bunched =
  <Shared extends object>(text: string, rowOf: (shared: Shared, value: Id) => Row): TableReader =>
  async (transaction) => {
    const bunches = await transaction.query<{ shared: Shared; values: readonly Id[] }>(text)
    return { [Symbol.iterator]: () => rowsOf(bunches, rowOf) }
  }

function* rowsOf<Shared>(
  bunches: readonly { readonly shared: Shared; readonly values: readonly Id[] }[],
  rowOf: (shared: Shared, value: Id) => Row,
): Generator<Row> {
  for (const { shared, values } of bunches) for (const value of values) yield rowOf(shared, value)
}

const GRAPH_TABLES: readonly TableReader[] = [
  bunched(
    `select json_strip_nulls(json_build_object('table', 'role', 'policy', policy)) as shared, json_agg(id) as values
     from role group by policy`,
    (shared: Omit<RoleRow, 'id'>, id) => ({ ...shared, id }),
  ),
  bunched(
    `select json_strip_nulls(json_build_object('table', 'resource', 'owner', owner, 'policy', policy)) as shared,
       json_agg(id) as values
     from resource group by owner, policy`,
    (shared: Omit<ResourceRow, 'id'>, id) => ({ ...shared, id }),
  ),
  bunched(
    `select json_strip_nulls(json_build_object('table', 'membership', 'member', member,
       'ownership', ownership, 'admin', admin, 'policy', policy)) as shared, json_agg(role) as values
     from membership group by member, ownership, admin, policy`,
    (shared: Omit<MembershipRow, 'role'>, role) => ({ ...shared, role }),
  ),
  bunched(
    `select json_strip_nulls(json_build_object('table', 'permission', 'role', role,
       'privilege', privilege, 'policy', policy)) as shared, json_agg(resource) as values
     from permission group by role, privilege, policy`,
    (shared: Omit<PermissionRow, 'resource'>, resource) => ({ ...shared, resource }),
  ),
  each(
    `select json_build_object('table', 'restriction', 'role', role, 'cidrs', restricted_to) as row
     from credential where restricted_to <> '{}'`,
  ),
  each(
    `select json_build_object('table', 'credential', 'role', role, 'generation', generation) as row
     from credential where generation is not null`,
  ),
  each(
    `select json_strip_nulls(json_build_object('table', 'annotation', 'resource', resource, 'name', name,
       'value', value, 'policy', policy)) as row
     from annotation where name = '${MIME_TYPE}' or name like '${REQUIRE_MFA}%'`,
  ),
  each(
    `select json_build_object('table', 'enablement', 'resource', resource, 'enabled', enabled) as row from enablement`,
  ),
]

const SINCE = statement(
  'since',
  `select clock.epoch, change_log.epoch, change_log.changes
   from clock left join change_log on change_log.epoch > $1 order by change_log.epoch`,
)

/**
 * What was committed after `epoch`, in order. `undefined` when the log does not reach back that far, and also when `epoch` lies in
 * the future: then the database was set back to an older state, and what the asker knows is of a world that is gone.
 */
export async function since(line: Line, epoch: number, ms: number): Promise<Catchup | undefined> {
  const rows = await line.query(SINCE, [epoch], ms)
  const now = numberIn(rows[0]?.[0])
  const logged = rows.filter(([, at]) => isPresent(at))
  // The log has no gaps, so it is complete exactly when it has one entry for each epoch that passed.
  if (logged.length !== now - epoch) return undefined
  const changes = logged.flatMap(([, , text]) => changesIn(textIn(text)))
  return { epoch: now, changes }
}

function changesIn(text: string): readonly Change[] {
  const value: unknown = JSON.parse(text)
  if (!isList(value)) throw new Failure('corrupt', 'an entry of the change log is no list')
  return value
}

/** We alone write the log, from typed changes; anything else there is damage, which the checksums of the database report. */
const isList = (value: unknown): value is readonly Change[] => Array.isArray(value)

/**
 * Ends the work of a transaction that changed rows: takes the next epoch and logs the changes under it. It must be the last
 * step before the commit, because from here to there no other transaction can end; so epochs become visible in their order.
 */
export async function advance(
  transaction: Transaction,
  account: string,
  changes: readonly Change[],
): Promise<void> {
  const [row] = await transaction.query<{ epoch: string }>(
    `with next as (update clock set epoch = epoch + 1 returning epoch)
     insert into change_log (epoch, account, changes, at)
     select epoch, $1, $2, clock_timestamp() from next returning epoch`,
    [account, JSON.stringify(changes)],
  )
  if (Number(row?.epoch) % PRUNE_EVERY === 0) await prune(transaction, Number(row?.epoch))
}

async function prune(transaction: Transaction, epoch: number): Promise<void> {
  await transaction.query(
    `delete from change_log where epoch <= greatest($1::bigint, (
       select max(epoch) from change_log where at < now() - make_interval(days => $2)))`,
    [epoch - KEPT_EPOCHS, KEPT_DAYS],
  )
}
