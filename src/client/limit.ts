/** How long something may take, and what ends it before. */
export interface Limit {
  /** Aborted at the end; its reason is what is to be thrown then. */
  readonly signal: AbortSignal
  /** When the time is over, in monotonic milliseconds. */
  readonly endsAt: number
}

/** A {@link Limit} that somebody must release when what it limits is over. */
export interface OpenLimit extends Limit {
  /** Forgets the time and the signals: nothing of the limit outlives what it was for. */
  release(): void
}

/**
 * A limit of `ms` milliseconds, after which `late` says why, or until one of `signals` is aborted, with its reason. It is no `AbortSignal.any` of an
 * `AbortSignal.timeout`: those stay with a long-lived signal, and for their whole time, when what they limited is long over.
 */
export function openLimit(
  ms: number,
  late: () => Error,
  signals: readonly (AbortSignal | undefined)[],
): OpenLimit {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(late()), ms)
  const leaves = signals.flatMap((signal) =>
    signal === undefined ? [] : [follow(signal, () => end.abort(signal.reason))],
  )
  return {
    signal: end.signal,
    endsAt: performance.now() + ms,
    release() {
      clearTimeout(timer)
      for (const leave of leaves) leave()
    },
  }
}

/** What is to be done when a signal is aborted. It has one listener for all: Node 20 warns of a leak where a hundred calls share a signal. */
const followers = new WeakMap<AbortSignal, Followers>()

interface Followers {
  readonly ends: Set<() => void>
  readonly listener: () => void
}

/** Calls `end` when `signal` is aborted, at once when it is, until the function that it gives is called. */
function follow(signal: AbortSignal, end: () => void): () => void {
  if (signal.aborted) {
    end()
    return () => undefined
  }
  const { ends, listener } = followers.get(signal) ?? newFollowers(signal)
  ends.add(end)
  return () => {
    ends.delete(end)
    if (ends.size > 0) return
    signal.removeEventListener('abort', listener)
    followers.delete(signal)
  }
}

function newFollowers(signal: AbortSignal): Followers {
  const ends = new Set<() => void>()
  const listener = (): void => {
    for (const end of ends) end()
  }
  signal.addEventListener('abort', listener)
  const made = { ends, listener }
  followers.set(signal, made)
  return made
}

/** What `work` resolves to; throws the reason of `signal` as soon as that is aborted, while `work` goes on for others. */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  let pass = (): void => undefined
  const aborted = new Promise<void>((resolve) => {
    pass = resolve
  })
  signal.addEventListener('abort', pass)
  if (signal.aborted) pass()
  try {
    // In any case, so that nobody complains that a failure of `work` was not heard.
    await Promise.race([aborted, work])
    signal.throwIfAborted()
    return await work
  } finally {
    signal.removeEventListener('abort', pass)
  }
}
