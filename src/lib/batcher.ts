import { Failure } from './failure.ts'

/** How much a {@link batcher} takes at once, and how much may wait. */
export interface BatchLimits {
  /** The most inputs that one run gets. */
  readonly perRun: number
  /** The most inputs that may wait; one more is refused with `unavailable`. */
  readonly waiting: number
  /** How many inputs must wait for a second run to begin beside the one under way; never, when absent. */
  readonly second?: number
}

interface Entry<In, Out> {
  readonly input: In
  readonly resolve: (output: Out) => void
  readonly reject: (error: unknown) => void
}

/**
 * Turns `run`, which serves many inputs at once, into a function of one input. While a run is under way the next inputs
 * gather; they go together when it ends. So an idle caller waits for nothing, and the busier it gets, the more one run
 * serves. `run` returns its outputs in the order of the inputs; when it throws, every input of that run fails with the same error.
 *
 * INVARIANT: an input never joins a run that had already begun when the input arrived.
 */
export function batcher<In, Out>(
  run: (inputs: readonly In[]) => Promise<readonly Out[]>,
  limits: BatchLimits,
): (input: In) => Promise<Out> {
  let waiting: Entry<In, Out>[] = []
  let running = 0
  let scheduled = false

  const settle = async (batch: readonly Entry<In, Out>[]): Promise<void> => {
    try {
      const outputs = await run(batch.map(({ input }) => input))
      // A run that returns fewer outputs than inputs is a bug of the run: `undefined` goes to nobody silently.
      if (outputs.length !== batch.length) throw new Error('a run returned too few outputs')
      for (const [index, output] of outputs.entries()) batch[index]?.resolve(output)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    running -= 1
    start()
  }

  const mayStart = (): boolean =>
    running === 0
      ? waiting.length > 0
      : running === 1 && waiting.length >= (limits.second ?? Infinity)

  const start = (): void => {
    while (mayStart()) {
      running += 1
      const batch = waiting.slice(0, limits.perRun)
      waiting = waiting.slice(limits.perRun)
      void settle(batch)
    }
  }

  /** After the events of this turn of the loop, so that requests which arrived together go together. */
  const schedule = (): void => {
    if (scheduled || !mayStart()) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      start()
    })
  }

  return (input) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= limits.waiting) {
        reject(new Failure('unavailable', 'too many requests are waiting'))
        return
      }
      waiting.push({ input, resolve, reject })
      schedule()
    })
}
