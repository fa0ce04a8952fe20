import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Failure } from '#lib/failure.ts'
import type { Carrier, ChildOutput } from './child-output.ts'
import { carriedOutput, inheritedOutput } from './child-output.ts'
import type { Forwarding } from './signals.ts'

/** How a child ended, or why there was none. */
export type Ending =
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'not-started'; readonly exitCode: number; readonly failure: Failure }

/** What to run and how. */
export interface ChildSpec {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Absent: the child has our own streams. */
  readonly carrier?: Carrier
}

/** A child that was started. */
export interface Running {
  readonly ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
}

/** A command, and where it is looked for. */
interface Named {
  readonly program: string
  readonly path: string
}

/** The exit codes of shells for a command that is not there, and for one that cannot be run. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126

/**
 * Starts a command, with signals forwarded to it. Its exit code is that of the child, or 128 and the number of the signal that ended it
 * (reference/broker-run-cli.md C.2). It has ended when all its output has been carried, too.
 */
export function startChild(spec: ChildSpec, signals: Forwarding): Running {
  const [program = '', ...args] = spec.command
  const { carrier, environment } = spec
  const named = { program, path: environment['PATH'] ?? '' }
  const output = carrier === undefined ? inheritedOutput : carriedOutput(carrier)
  try {
    const child = spawn(program, args, {
      stdio: ['inherit', ...output.streams],
      env: { ...environment },
    })
    signals.to(child)
    return {
      ended: endingOf(named, child, output.carry(child)),
      kill: (signal) => void child.kill(signal),
    }
  } catch (error) {
    // Some refusals of the system are thrown, others are events.
    if (!isRefusal(error)) throw error
    return { ended: endingWithout(named, error, output), kill: () => undefined }
  } finally {
    output.release()
  }
}

/** There is no child, and nothing to carry, which the pipes tell by their end. */
async function endingWithout(
  named: Named,
  error: NodeJS.ErrnoException,
  output: ChildOutput,
): Promise<Ending> {
  await output.carry({ stdout: null, stderr: null })
  return notStarted(named, error)
}

async function endingOf(
  named: Named,
  child: ChildProcess,
  carried: Promise<void>,
): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  child.once('error', (error) => {
    resolve(notStarted(named, error))
  })
  child.once('exit', (code, signal) => {
    resolve({ kind: 'ended', exitCode: code ?? 128 + numberOf(signal) })
  })
  const [ending] = await Promise.all([promise, carried])
  return ending
}

const isRefusal = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error

const numberOf = (signal: NodeJS.Signals | null): number =>
  signal === null ? 0 : constants.signals[signal]

function notStarted({ program, path }: Named, error: NodeJS.ErrnoException): Ending {
  const name = JSON.stringify(program.slice(0, 80))
  // The system also says EACCES for a folder of the path that may not be entered, where shells look on.
  const code = error.code === 'EACCES' && !isFound(program, path) ? 'ENOENT' : (error.code ?? '')
  const [exitCode, reason, hint] = REASONS[code] ?? [
    NOT_EXECUTABLE,
    error.code ?? 'it cannot be started',
  ]
  const failure = new Failure('usage', `exec: ${name}: ${reason}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
  return { kind: 'not-started', exitCode, failure }
}

/** Whether a command is anywhere where it is looked for, be it executable or not. */
const isFound = (program: string, path: string): boolean =>
  program.includes('/') || path.split(':').some((folder) => existsSync(join(folder, program)))

const REASONS: Readonly<Record<string, readonly [number, string, string?]>> = {
  ENOENT: [NOT_FOUND, 'executable file not found in $PATH'],
  EACCES: [NOT_EXECUTABLE, 'permission denied'],
  E2BIG: [
    NOT_EXECUTABLE,
    'the environment is too large for a new process',
    'give the child files instead of large values: KEY: !var:file ID',
  ],
}
