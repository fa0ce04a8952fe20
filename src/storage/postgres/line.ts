import { Client, type ClientBase, type ClientConfig } from 'pg'
import { connected, within } from './deadline.ts'
import { failureOf } from './refusal.ts'
import { raw } from './statement.ts'
import type { Cell, Statement } from './statement.ts'

/** One connection on which many callers' statements travel at once, each a transaction of its own. */
export interface Line {
  /** The rows of `statement`; throws `unavailable` when they are not here within `ms`. */
  query(statement: Statement, values: readonly unknown[], ms: number): Promise<readonly Cell[][]>
  close(): Promise<void>
}

/** How long one attempt to connect may take. */
export const CONNECT_MS = 5_000

/**
 * A line that connects at its first use and again whenever the connection was lost. When one statement outlives its deadline the
 * connection is dropped, and the statements behind it, which it holds up, fail with it.
 */
export function openLine(config: ClientConfig): Line {
  let current: Promise<Connection> | undefined
  const dial = (): Promise<Connection> => {
    if (current !== undefined) return current
    const forget = (): void => {
      if (current === mine) current = undefined
    }
    const mine = connectTo(config, forget)
    current = mine
    return mine
  }
  return {
    async query(statement, values, ms) {
      const deadline = performance.now() + ms
      const { client, drop } = await within(ms, connected(dial, deadline), () => undefined)
      try {
        const answer = client.query<Cell[]>(raw(statement, values))
        const left = Math.max(1, deadline - performance.now())
        const { rows } = await within(left, answer, drop)
        return rows
      } catch (error) {
        throw failureOf(error)
      }
    },
    async close() {
      const connection = await current?.catch(() => undefined)
      if (connection === undefined) return
      await sayGoodbye(connection.client.end(), [connection.client])
    },
  }
}

const GOODBYE_MS = 1_000

/** An open connection, and how to give it up. */
interface Connection {
  readonly client: Client
  readonly drop: () => void
}

async function connectTo(config: ClientConfig, onLost: () => void): Promise<Connection> {
  const client = new Client({ ...config, pipeline: true, keepAlive: true })
  const drop = (): void => {
    // The socket tells its end a moment later, and until then the next statement would be sent into it.
    onLost()
    hangUp(client)
  }
  // Whoever waits for an answer is told by the rejection of the query.
  client.on('error', onLost).on('end', onLost)
  try {
    await within(CONNECT_MS, client.connect(), drop)
    await within(CONNECT_MS, client.query(PLANS), drop)
    return { client, drop }
  } catch (error) {
    onLost()
    throw error
  }
}

/** Waits for `goodbye`, and when the database does not return it drops the connections, which ends it. */
export async function sayGoodbye(
  goodbye: Promise<unknown>,
  clients: Iterable<ClientBase>,
): Promise<void> {
  const timer = setTimeout(() => {
    for (const client of clients) hangUp(client)
  }, GOODBYE_MS)
  await goodbye
  clearTimeout(timer)
}

/**
 * Every statement of a line looks up keys, so one plan by index serves all values. Asking for it saves planning each time, and
 * keeps the database from reading small tables whole, for each key of a batch anew, once it knows that they are small. A kin of
 * PostgreSQL that lacks such a setting goes without.
 */
const PLANS = `select set_config(wanted.name, wanted.value, false)
  from (values ('plan_cache_mode', 'force_generic_plan'), ('enable_seqscan', 'off')) as wanted (name, value)
  where wanted.name in (select name from pg_settings)`

/** Drops a connection without a goodbye: its statements fail at once. */
export function hangUp(client: ClientBase): void {
  if (client instanceof Client) client.connection.stream.destroy()
}
