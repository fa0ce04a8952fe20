import type { Failures, LockOutStore } from '#app/lock-out-store.ts'
import type { Pool, Transaction } from './pool.ts'

type Revise = Parameters<LockOutStore['reviseFailures']>[1]

/** Replaces the failures of each subject by what `next` makes of them; resolves to what they were, in the order of the subjects. */
export const reviseFailures = (
  pool: Pool,
  subjects: readonly string[],
  next: Revise,
  ms: number,
): Promise<readonly (Failures | undefined)[]> =>
  pool.transaction('begin', ms, async (transaction) => {
    const known = await lockedFailures(transaction, subjects)
    const revised = subjects.map((subject) => next(subject, known.get(subject)))
    const kept = subjects.flatMap((subject, index) => {
      const failures = revised[index]
      return failures === undefined ? [] : [{ subject, ...failures }]
    })
    await Promise.all([
      transaction.query('delete from login_failure where subject = any($1::text[])', [
        subjects.filter((_, index) => revised[index] === undefined),
      ]),
      transaction.query(
        `update login_failure set count = new.count, last_at = new.last_at
         from unnest($1::text[], $2::integer[], $3::bigint[]) as new (subject, count, last_at)
         where login_failure.subject = new.subject`,
        [
          kept.map(({ subject }) => subject),
          kept.map(({ count }) => count),
          kept.map(({ lastAt }) => lastAt),
        ],
      ),
    ])
    return subjects.map((subject) => known.get(subject))
  })

/**
 * The failures of the subjects, which stay as they are until the transaction ends. A subject that has none gets a row of count 0, for
 * there must be something to lock; rows are always locked in the same order, so that no two transactions wait for each other.
 */
async function lockedFailures(
  transaction: Transaction,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, Failures>> {
  const rows = await transaction.query<{ subject: string; count: number; lastAt: string }>(
    `insert into login_failure (subject, count, last_at)
     select subject, 0, 0 from unnest($1::text[]) as new (subject) order by subject
     on conflict (subject) do update set subject = excluded.subject
     returning subject, count, last_at as "lastAt"`,
    [subjects.toSorted()],
  )
  return new Map(
    rows
      .filter(({ count }) => count > 0)
      .map(({ subject, count, lastAt }) => [subject, { count, lastAt: Number(lastAt) }]),
  )
}

/** Forgets the failures of subjects whose last one lies before `before`; a few a call, so that none waits long. */
export const forgetFailures = (pool: Pool, before: number, ms: number): Promise<void> =>
  pool.transaction('begin', ms, async (transaction) => {
    await transaction.query(
      `delete from login_failure where subject in (
         select subject from login_failure where last_at < $1 order by last_at limit 20
         for update skip locked)`,
      [before],
    )
  })
