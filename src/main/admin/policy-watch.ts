import { rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describeError } from '#client/report.ts'
import { Failure } from '#lib/failure.ts'
import { PolicyFault } from '#policy/fault.ts'
import { sha256 } from '../server/use-cases.ts'
import type { AdminContext } from './context.ts'
import { readPolicyAt, stateAt, triggerIn } from './policy-files.ts'
import type { PolicyText, Trigger } from './policy-files.ts'
import { replaceRoot } from './policy-loading.ts'

// The policy is asked for again and again instead of watched through the system: notices of changes do not cross mounts of containers,
// and what replaces files moves them out of sight.

/** How often it is looked, in milliseconds; a change is loaded once two looks in a row see the same. */
const LOOK_MS = 400

/** How long to wait after a load that failed for want of a database, in milliseconds. */
const AGAIN_MS = 5_000

/** What is watched, and for whom. */
interface Watch {
  readonly context: AdminContext
  readonly account: string
  readonly path: string
}

/**
 * Loads the policy at `path` into the root of an account, and again whenever it has changed, until it is asked to stop. What is
 * wrong with it is said with its places, and changes nothing; the watch goes on.
 */
export async function watchPolicy(watch: Watch): Promise<void> {
  const { context, path } = watch
  const signal = context.stopAsked()
  await mustBeFolder(dirname(path))
  context.say(`Watching directory '${dirname(path)}' for changes to file '${path}'`)
  let loaded = ''
  let seen: string | undefined
  let done: string | undefined
  while (!signal.aborted) {
    const state = await stateAt(path)
    if (state !== undefined && state === seen && state !== done) {
      const outcome = await loadChange(watch, loaded)
      if (outcome === 'again') await pause(AGAIN_MS, signal)
      else {
        loaded = outcome
        done = state
      }
    }
    seen = state
    await pause(LOOK_MS, signal)
  }
}

async function mustBeFolder(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new Failure('usage', `Directory ${path} does not exist`, { cause })
  })
  if (!found.isDirectory()) throw new Failure('usage', `Directory ${path} does not exist`)
}

/** Loads what is there unless it is what was `loaded`: the digest of its text, or that it must be tried again. */
async function loadChange({ context, account, path }: Watch, loaded: string): Promise<string> {
  const policy = await readPolicyAt(path)
  const trigger = await triggerIn(path, policy.text)
  if (trigger !== undefined) {
    await obey(trigger, { context, account, path })
    return ''
  }
  const digest = sha256(policy.text)
  if (digest === loaded) return digest
  return (await load({ context, account, path }, policy)) ? digest : 'again'
}

/** The trigger is taken away first: whoever writes it again meanwhile is obeyed again. */
async function obey({ policy, finished }: Trigger, watch: Watch): Promise<void> {
  await rm(watch.path, { force: true })
  await load({ ...watch, path: policy }, await readPolicyAt(policy))
  await writeFile(finished, '', { flag: 'a' })
  const now = new Date()
  await utimes(finished, now, now)
}

/** Whether it is over, well or not; not, when the database was away. */
async function load({ context, account, path }: Watch, policy: PolicyText): Promise<boolean> {
  context.say(`Loading ${path}`)
  try {
    await context.withNode((node) => replaceRoot(context, node, account, policy.text))
    return true
  } catch (error) {
    if (error instanceof PolicyFault) tellProblems(context, error, policy)
    else context.say(describeError(error).trimEnd())
    // What is no failure is a bug, and the watch is not to hide it by going on.
    if (!(error instanceof Failure)) throw error
    return error.code !== 'unavailable'
  }
}

function tellProblems(context: AdminContext, fault: PolicyFault, { placeOf }: PolicyText): void {
  for (const { line, column, message, advice } of fault.problems) {
    context.say(`${placeOf(line)}:${column}: ${message}`)
    if (advice !== undefined) context.say(`  ${advice}`)
  }
  context.say('The policy was not loaded')
}

/** Ends early, without complaint, when it is asked to stop. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
