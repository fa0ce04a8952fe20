import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Failure } from '#lib/failure.ts'
import type { OsUser } from './account.ts'
import type { Runtime } from './runtime.ts'

/** How the programs of PostgreSQL are started. */
export interface Host {
  readonly runtime: Runtime
  readonly user: OsUser
}

/** Runs a program of PostgreSQL to its end; throws `configuration` with its last lines as cause when it fails. */
export async function runProgram(
  host: Host,
  name: string,
  args: readonly string[],
  input = '',
): Promise<void> {
  const child = startProgram(host, name, args, 'pipe')
  const tail = lastLines(child)
  child.stdin?.on('error', ignoreClosedPipe).end(input)
  const code = await exitOf(child, name)
  if (code === 0) return
  const cause = tail()
  throw new Failure('configuration', `${name} failed: ${complaintOf(cause)}`, { cause })
}

/**
 * Starts a program of PostgreSQL as `host.user`, in a process group of its own: a Ctrl-C at the terminal reaches this process,
 * which stops the database when it has finished with it.
 */
export function startProgram(
  host: Host,
  name: string,
  args: readonly string[],
  stdin: 'pipe' | 'ignore',
): ChildProcess {
  const { runtime, user } = host
  return spawn(join(runtime.bin, name), args, {
    cwd: '/',
    env: { ...runtime.environment },
    detached: true,
    stdio: [stdin, 'ignore', 'pipe'],
    ...(process.getuid?.() === user.uid ? {} : { uid: user.uid, gid: user.gid }),
  })
}

/** The exit code of `child`, `null` when a signal ended it; throws `configuration` when it could not be started at all. */
export async function exitOf(child: ChildProcess, name: string): Promise<number | null> {
  try {
    const closed: readonly unknown[] = await once(child, 'close')
    return typeof closed[0] === 'number' ? closed[0] : null
  } catch (cause) {
    throw new Failure('configuration', `${name} of the embedded database does not start here`, {
      cause,
      hint: 'set DATABASE_URL to a PostgreSQL of your own',
    })
  }
}

/** Keeps the last lines that `child` writes, and tells `each` line. The result is an error that holds them. */
export function lastLines(
  child: ChildProcess,
  each: (line: string) => void = () => undefined,
): () => Error {
  const lines: string[] = []
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line)
      if (lines.length > 20) lines.shift()
      each(line)
    })
  }
  return () => new Error(lines.join('\n'))
}

/** What a program of PostgreSQL that failed complained about first, of the lines that {@link lastLines} kept. */
export const complaintOf = ({ message }: Error): string =>
  COMPLAINT.exec(message)?.groups?.['text'] ?? message.slice(message.lastIndexOf('\n') + 1)

/** Not that a client came too early, which is none of its troubles. */
const COMPLAINT = /(?:FATAL|PANIC|ERROR|error):\s+(?!the database system is )(?<text>.*)/

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  // The program ended before it read all: its exit code says why.
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error
}
