import { Failure } from '#lib/failure.ts'

/** Runs `work` when a place is free; throws `unavailable` at once when too many wait already. */
export type Bounded = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Lets `places` pieces of work run at a time and `queue` more wait for them, in order; what they need stays bounded. `what` they are is
 * told to whoever cannot wait.
 */
export function boundedWork(places: number, queue: number, what: string = 'logins'): Bounded {
  const waiting: (() => void)[] = []
  let free = places

  const enter = async (): Promise<void> => {
    if (free > 0) {
      free -= 1
      return
    }
    if (waiting.length >= queue) {
      throw new Failure('unavailable', `too many ${what} are in progress`, {
        hint: 'try again in a few seconds',
      })
    }
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
  }

  // A place that is left goes to who waits longest, and becomes free only when nobody does.
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }

  return async (work) => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
