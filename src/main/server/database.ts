import type { Log } from '#lib/log.ts'
import type { Patience } from '#storage/postgres/await-database.ts'
import type { Settings } from './settings.ts'

/** A wait for the database, as long as the settings say, that the log tells of. */
export const patienceOf = (
  { databaseWait }: Settings,
  log: Log,
  signal?: AbortSignal,
): Patience => ({
  ms: databaseWait * 1000,
  tell: ({ until, ...facts }) =>
    log.warn('waiting for the database', { ...facts, until: until.toISOString() }),
  ...(signal === undefined ? {} : { signal }),
})

/** What PostgreSQL says is for whoever looks for it, unless it is in trouble; what we say of it is news. */
export function databaseLog(log: Log): (line: string) => void {
  const isTrouble = /^(?:WARNING|ERROR|FATAL|PANIC):/
  const isOwn = /^[A-Z]+:/
  // The answer to our own asking whether it is up.
  const isStarting = /the database system is (?:starting up|not yet accepting connections)/
  return (line) => {
    const facts = { from: 'database' }
    if (isTrouble.test(line) && !isStarting.test(line)) log.warn(line, facts)
    else if (isOwn.test(line)) log.debug(line, facts)
    else log.info(line, facts)
  }
}
