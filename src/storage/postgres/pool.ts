import {
  Pool as Connections,
  type ClientConfig,
  type PoolClient,
  type QueryResult,
  type QueryResultRow,
} from 'pg'
import { connected, within } from './deadline.ts'
import { CONNECT_MS, hangUp, sayGoodbye } from './line.ts'
import { failureOf, failureOfCommit, unavailable } from './refusal.ts'

/** A transaction under way. */
export interface Transaction {
  /** The rows of a statement. Statements that are not awaited one by one travel together, in order. */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** Connections for transactions, at most so many at a time. */
export interface Pool {
  /**
   * Runs `work` between `begin` and `commit`, rolls back when it throws and throws the same. Throws `unavailable` when that is not
   * over within `ms`; then the connection is dropped, and nothing of it holds, unless the failure is `InDoubt`: the commit may have
   * reached the database.
   */
  transaction<T>(
    begin: Begin,
    ms: number,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T>
  close(): Promise<void>
}

/** How a transaction starts: to write, or to read all of one moment. */
export type Begin = 'begin' | 'begin transaction isolation level repeatable read, read only'

/** Reads all of one moment. */
export const ONE_MOMENT: Begin = 'begin transaction isolation level repeatable read, read only'

/** A pool of up to `max` connections; the database itself ends what outlives `longestMs`, should this process vanish. */
export function openPool(config: ClientConfig, max: number, longestMs: number): Pool {
  const pool = new Connections({
    ...config,
    max,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: longestMs,
    idle_in_transaction_session_timeout: longestMs,
  })
  const clients = new Set<PoolClient>()
  pool
    .on('error', forget)
    .on('connect', (client) => clients.add(client.on('error', forget)))
    .on('remove', (client) => clients.delete(client))
  return {
    async transaction(begin, ms, work) {
      const deadline = performance.now() + ms
      const client = await connectWithin(pool, ms, deadline)
      return transact(client, begin, deadline, work)
    },
    async close() {
      // The pool calls itself ended before its connections are.
      const ends = [...clients].map(endOf)
      await sayGoodbye(Promise.all([pool.end(), ...ends]), clients)
    },
  }
}

const endOf = (client: PoolClient): Promise<void> =>
  new Promise((resolve) => {
    client.once('end', resolve)
  })

/** A lost connection is reported by the statement that needed it, or replaced before the next one does. */
const forget = (): void => undefined

async function connectWithin(pool: Connections, ms: number, deadline: number): Promise<PoolClient> {
  const connecting = connected(() => pool.connect(), deadline)
  return within(ms, connecting, () => {
    // Whoever comes too late goes straight back.
    connecting.then((client) => client.release(), forget)
  })
}

async function transact<T>(
  client: PoolClient,
  begin: Begin,
  deadline: number,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let isOver = false
  let isCommitting = false
  const transaction: Transaction = {
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      if (isOver) throw new Error('a statement came after the end of its transaction')
      const { rows } = await ask<Row>(client, text, values)
      return rows
    },
  }
  const run = async (): Promise<T> => {
    const [, result] = await Promise.all([ask(client, begin), work(transaction)])
    isOver = true
    isCommitting = true
    await commit(client)
    return result
  }
  let failed: Error | undefined
  try {
    return await within(Math.max(1, deadline - performance.now()), run(), () => hangUp(client))
  } catch (error) {
    isOver = true
    failed = await rollback(client)
    throw isCommitting ? failureOfCommit(error) : error
  } finally {
    client.release(failed)
  }
}

async function ask<Row extends QueryResultRow>(
  client: PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  try {
    return await client.query<Row>(text, [...values])
  } catch (error) {
    throw failureOf(error)
  }
}

/** A transaction in which a statement failed ends in a rollback even when its owner went on and asked for the commit. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await ask(client, 'commit')
  if (command !== 'COMMIT')
    throw new Error('the transaction was rolled back: one of its statements had failed')
}

/** The error that makes the connection unfit for others; `undefined` when it is as good as new. */
async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await within(1000, client.query('rollback'), () => hangUp(client))
    return undefined
  } catch (error) {
    return error instanceof Error ? error : unavailable(error)
  }
}
