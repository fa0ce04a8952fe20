import { setImmediate } from 'node:timers/promises'

/** How long one turn lasts, in milliseconds: so short that whoever waits for it hardly notices. */
const TURN_MS = 10

/** Goes through the steps in turns, between which everybody else is served. Throws what the steps throw. */
export async function inTurns<Result>(steps: Iterator<void, Result>): Promise<Result> {
  let end = performance.now() + TURN_MS
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() < end) continue
    // oxlint-disable-next-line no-await-in-loop -- the waiting is the point
    await setImmediate()
    end = performance.now() + TURN_MS
  }
}
