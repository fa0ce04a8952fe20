import { Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { boundedWork } from '#crypto/bounded-work.ts'
import { Failure } from '#lib/failure.ts'
import { refused } from './refusal.ts'
import {
  readListsHere,
  type ListInput,
  type ReadLists,
  type RevocationList,
} from './revocation-list.ts'

/** What a thread answers. */
type Reply =
  | { readonly kind: 'read'; readonly lists: readonly RevocationList[] }
  | { readonly kind: 'refused'; readonly message: string }

/** How long reading may take, in milliseconds, and how much memory, in MB. */
const READ_MS = 20_000
const MEMORY_MB = 512

/** How many threads there are at a time, and how many lists may wait for one. */
const THREADS = { atOnce: 1, waiting: 100 }

/**
 * Reads revocation lists in a thread that `program` runs and that ends with it: one of 25,000 certificates takes a second, in which this thread
 * serves everybody else. Throws `unavailable` besides when it takes too long or too many wait.
 */
export function readListsIn(program: URL): ReadLists {
  const bounded = boundedWork(THREADS.atOnce, THREADS.waiting, 'revocation lists')
  return (input) => bounded(() => readIn(program, input))
}

async function readIn(program: URL, input: ListInput): Promise<readonly RevocationList[]> {
  const worker = new Worker(program, {
    name: 'revocation lists',
    // It needs no environment, which may hold secrets.
    env: {},
    execArgv: [],
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const late = setTimeout(() => {
    reject(new Failure('unavailable', 'a revocation list could not be read in time'))
  }, READ_MS)
  worker.once('message', resolve)
  const failed = (cause: unknown): void => {
    reject(new Failure('unavailable', 'a revocation list could not be read', { cause }))
  }
  worker.once('error', failed)
  worker.once('exit', failed)
  try {
    const reply = await promise
    if (reply.kind === 'read') return reply.lists
    throw refused(reply.message)
  } finally {
    clearTimeout(late)
    await worker.terminate()
  }
}

/** What the thread does: reads what it was given, answers, and has nothing more to do. What is not a `Failure` ends it. */
export async function serveLists(port: MessagePort, input: ListInput): Promise<void> {
  port.postMessage(await replyTo(input))
}

async function replyTo(input: ListInput): Promise<Reply> {
  try {
    return { kind: 'read', lists: await readListsHere(input) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { kind: 'refused', message: error.message }
  }
}
