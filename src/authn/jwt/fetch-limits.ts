/** The number of fetches for one instance within {@link WINDOW} (reference/conjur-api.md 6.4). */
const MAX_IN_WINDOW = 10
/** In milliseconds. */
const WINDOW = 300_000
/**
 * How many fetches of one account run at a time: no more than one for each instance, and so many that the providers which hang hold up no
 * other; per account, so that those of one delay no other.
 */
const MAX_AT_ONCE = 32

/** Keeps the fetches of keys, which anybody can provoke by a forged token, from flooding a provider or this server. */
export interface FetchLimits {
  /**
   * Runs `fetch`, counted for `account`, with the times of the earlier fetches of the instance in `attempts`, which it adds to.
   * Returns `undefined`, without a fetch, when a limit is reached.
   */
  run<T>(account: string, attempts: number[], fetch: () => Promise<T>): Promise<T> | undefined
}

/** Limits by the clock `now`, in milliseconds. */
export function fetchLimits(now: () => number): FetchLimits {
  const running = new Map<string, number>()

  const counted = async <T>(account: string, fetch: () => Promise<T>): Promise<T> => {
    running.set(account, (running.get(account) ?? 0) + 1)
    try {
      return await fetch()
    } finally {
      const left = (running.get(account) ?? 1) - 1
      if (left === 0) running.delete(account)
      else running.set(account, left)
    }
  }

  return {
    run(account, attempts, fetch) {
      const time = now()
      const recent = attempts.filter((attempt) => Math.abs(time - attempt) < WINDOW)
      attempts.splice(0, attempts.length, ...recent)
      if (recent.length >= MAX_IN_WINDOW) return undefined
      if ((running.get(account) ?? 0) >= MAX_AT_ONCE) return undefined
      attempts.push(time)
      return counted(account, fetch)
    },
  }
}
