import type { Pool } from './pool.ts'

/** How many digests one call forgets at most, so that none waits long. */
const FORGOTTEN = 20

/** Whether a digest was not there before; forgets some of those whose time is over. */
export const useOnce = (
  pool: Pool,
  digest: Uint8Array,
  { until, now }: { readonly until: number; readonly now: number },
  ms: number,
): Promise<boolean> =>
  pool.transaction('begin', ms, async (transaction) => {
    const [added] = await Promise.all([
      transaction.query(
        'insert into used_once (digest, until) values ($1, $2) on conflict do nothing returning 1',
        [digest, until],
      ),
      transaction.query(
        `delete from used_once where digest in (
           select digest from used_once where until < $1 order by until limit ${FORGOTTEN}
           for update skip locked)`,
        [now],
      ),
    ])
    return added.length > 0
  })
