import { boundedWork, type Bounded } from '#crypto/bounded-work.ts'
import { Failure, quoted } from '#lib/failure.ts'

/** How many calls one host gets at a time, how many more may wait, and for how long, in milliseconds. */
export interface TurnLimits {
  readonly atOnce: number
  readonly waiting: number
  readonly waitMs: number
}

/** Runs the calls of a host in turns: a host that is slow, or a burst of logins, takes no connections from the others. */
export type TakeTurn = <T>(host: string, call: () => Promise<T>) => Promise<T>

/** Turns for each host by itself; throws `unavailable` for a call whose turn does not come in time. */
export function turns({ atOnce, waiting, waitMs }: TurnLimits): TakeTurn {
  const hosts = new Map<string, { readonly bounded: Bounded; calls: number }>()
  return async (host, call) => {
    const queue = hosts.get(host) ?? {
      bounded: boundedWork(atOnce, waiting, 'calls of one host'),
      calls: 0,
    }
    hosts.set(host, queue)
    queue.calls += 1
    try {
      return await inTime(host, waitMs, queue.bounded, call)
    } finally {
      queue.calls -= 1
      if (queue.calls === 0) hosts.delete(host)
    }
  }
}

function inTime<T>(
  host: string,
  waitMs: number,
  bounded: Bounded,
  call: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new Failure('unavailable', `${quoted(host)} has too many calls waiting`)
    let isOver = false
    const timer = setTimeout(() => {
      isOver = true
      reject(late)
    }, waitMs)
    const turn = bounded(async () => {
      if (isOver) throw late
      clearTimeout(timer)
      return call()
    })
    turn.then(resolve, (error: unknown) => {
      clearTimeout(timer)
      // What is rejected is what was thrown, and nothing else ever is.
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      reject(error)
    })
  })
}
