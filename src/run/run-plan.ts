import type { RunOptions } from './arguments.ts'
import type { Ending, Running } from './child.ts'
import { startChild } from './child.ts'
import type { Environment } from './child-environment.ts'
import { withoutOwn } from './child-environment.ts'
import type { Layout, Plan } from './layout.ts'
import { layOut } from './layout.ts'
import { openMasking } from './masking.ts'
import { filesBase } from './memory-folder.ts'
import { openPushedFiles } from './pushed-files.ts'
import { openSecretFiles } from './secret-files.ts'
import type { Forwarding } from './signals.ts'
import { forwardSignals } from './signals.ts'
import { supervise } from './supervise.ts'
import type { RunSurroundings } from './surroundings.ts'
import type { Fetched, Values } from './values.ts'
import { waitFor, watchValues } from './watch.ts'

/** A run whose values are there. */
export interface ReadyRun {
  readonly plan: Plan
  readonly options: RunOptions
  readonly surroundings: RunSurroundings
  readonly values: Values
  /** When the values were fetched if they stand in for the server's. */
  readonly staleSince: Date | undefined
  /** Looks all values up again. */
  readonly refetch: () => Promise<Fetched>
}

/**
 * Puts the files in place, runs the command to its end, and removes the files, whatever happens. Throws `configuration`, and runs nothing,
 * when something cannot be put in place.
 */
export async function runPlan(ready: ReadyRun): Promise<Ending> {
  const signals = forwardSignals()
  const place = openPlace(ready)
  process.once('exit', place.remove)
  try {
    place.put(ready.values)
    return await runChild(ready, place, signals)
  } finally {
    process.removeListener('exit', place.remove)
    place.remove()
    signals.stop()
  }
}

/** Where the files of a run are. */
interface Place {
  /** Writes all files for these values, and gives what the child is started with. */
  put(values: Values): Layout
  /** What was put last. */
  layout(): Layout
  /** Where a file of that name would be that only this user can reach. */
  path(name: string): string
  readonly remove: () => void
}

function openPlace({ plan, surroundings }: ReadyRun): Place {
  const base = filesBase(surroundings.environment)
  const secretFiles = openSecretFiles(base.path)
  const pushedFiles = openPushedFiles(secretFiles)
  let layout: Layout | undefined
  return {
    put(values) {
      const next = layOut(plan, values, (name) => secretFiles.path(name))
      if (layout === undefined && next.secretFiles.size > 0 && !base.inMemory) {
        surroundings.say(`files with secrets lie in ${base.path}, which is not memory`)
      }
      for (const [name, value] of next.secretFiles) secretFiles.write(name, value)
      pushedFiles.write(next.pushedFiles)
      layout = next
      return next
    },
    layout() {
      if (layout === undefined) throw new Error('nothing was put yet')
      return layout
    },
    path: (name) => secretFiles.path(name),
    remove() {
      pushedFiles.remove()
      secretFiles.remove()
    },
  }
}

async function runChild(ready: ReadyRun, place: Place, signals: Forwarding): Promise<Ending> {
  const { options, surroundings, values, refetch } = ready
  const masking = options.mask ? openMasking(surroundings.say, place.path('pipe')) : undefined
  masking?.learn(values)
  const start = (): Running => {
    const { command, variables } = place.layout()
    const environment = { ...inherited(ready), ...Object.fromEntries(variables) }
    const carried = masking === undefined ? {} : { carrier: masking.carrier }
    return startChild({ command, environment, ...carried }, signals)
  }
  const { watch } = options
  if (watch === undefined) return start().ended
  const stopWatching = new AbortController()
  const parts = { ...surroundings, ...watch, fetch: refetch, random: Math.random, wait: waitFor }
  try {
    return await supervise({
      start,
      changes: watchValues(parts, values, stopWatching.signal),
      apply: (changed) => {
        masking?.learn(changed)
        return applied(place, changed, surroundings)
      },
      ...(watch.signal === undefined ? {} : { signal: watch.signal }),
      askedToEnd: () => signals.askedToEnd(),
      say: surroundings.say,
    })
  } finally {
    stopWatching.abort()
  }
}

/** A value that cannot be where it is wanted does not end a command that runs well without it. */
function applied(place: Place, values: Values, { tell }: RunSurroundings): boolean {
  try {
    place.put(values)
    return true
  } catch (error) {
    tell(error)
    return false
  }
}

/** The name of the variable that tells the command that its values are not the server's, and of when they are. */
const FALLBACK = 'STRONGROOM_FALLBACK'

function inherited({ options, surroundings, staleSince }: ReadyRun): Environment {
  const { environment } = surroundings
  return {
    ...(options.pristine ? withoutOwn(environment) : environment),
    [FALLBACK]: staleSince?.toISOString(),
  }
}
