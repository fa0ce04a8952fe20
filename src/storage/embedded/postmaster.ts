import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { Failure } from '#lib/failure.ts'
import { complaintOf, exitOf, type Host, lastLines, startProgram } from './program.ts'
import { DATABASE, type Places, PORT, postmasterArguments } from './settings.ts'

const READY_MS = 120_000
const STOP_FAST_MS = 10_000
const STOP_IMMEDIATE_MS = 10_000
/** How long the remains of a killed database may take to go away. */
const REMAINS_MS = 10_000

/** A PostgreSQL that answers. */
export interface Postmaster {
  readonly pid: number
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>
  /** Ends it: open transactions are rolled back, what was committed is on disk. */
  stop(): Promise<void>
  /** Asks it to end without waiting: for a process that is about to exit itself. */
  abandon(): void
}

/**
 * Starts PostgreSQL and resolves when it answers. Throws `unavailable` when it ends before that, with its last lines as the cause.
 * What a killed predecessor left in shared memory is waited out.
 */
export async function startPostmaster(
  host: Host,
  places: Places,
  log: (line: string) => void,
): Promise<Postmaster> {
  const deadline = performance.now() + REMAINS_MS
  for (;;) {
    // oxlint-disable no-await-in-loop -- one attempt follows the other
    const child = startProgram(host, 'postgres', postmasterArguments(places), 'ignore')
    const tail = lastLines(child, log)
    const ended = exitOf(child, 'postgres').then(() => undefined)
    // A program that cannot start is reported by `answers`, which may not be listening at that instant.
    ended.catch(() => undefined)
    if (await answers(places.sockets, ended)) return postmaster(child, ended)
    child.kill('SIGQUIT')
    const cause = tail()
    if (!isRemains(cause) || performance.now() > deadline) {
      const message = `the embedded database did not start: ${complaintOf(cause)}`
      throw new Failure('unavailable', message, { cause })
    }
    await delay(100)
    // oxlint-enable no-await-in-loop
  }
}

const isRemains = ({ message }: Error): boolean =>
  /pre-existing shared memory block|lock file .* already exists/.test(message)

/** Whether the database comes to answer before it ends. */
async function answers(sockets: string, ended: Promise<void>): Promise<boolean> {
  const deadline = performance.now() + READY_MS
  const over = ended.then(() => true)
  while (performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt follows the other
    if (await connects(sockets)) return true
    // oxlint-disable-next-line no-await-in-loop
    if (await Promise.race([over, delay(5, false)])) return false
  }
  return false
}

async function connects(sockets: string): Promise<boolean> {
  const client = new Client({ host: sockets, port: PORT, user: DATABASE, database: DATABASE })
  // Until it answers, every connection fails in one way or another.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch {
    return false
  }
  await client.end()
  return true
}

function postmaster(child: ChildProcess, ended: Promise<void>): Postmaster {
  const { pid } = child
  if (pid === undefined) throw new Error('a database that answers has no process number')
  const endsAfter = async (signal: NodeJS.Signals, withinMs: number): Promise<boolean> => {
    const timer = new AbortController()
    child.kill(signal)
    const late = delay(withinMs, false, { signal: timer.signal }).catch(() => false)
    const isOver = await Promise.race([ended.then(() => true), late])
    timer.abort()
    return isOver
  }
  return {
    pid,
    ended,
    async stop() {
      if (await endsAfter('SIGINT', STOP_FAST_MS)) return
      if (await endsAfter('SIGQUIT', STOP_IMMEDIATE_MS)) return
      child.kill('SIGKILL')
      // Its children may be stuck, and hold its output open for as long as they are.
      child.stderr?.destroy()
      await ended
    },
    abandon() {
      child.kill('SIGINT')
    },
  }
}
