import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Failure } from '#lib/failure.ts'
import type { Forwarding } from './signals.ts'

/** How a child ended, or why there was none. */
export type Ending =
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'not-started'; readonly exitCode: number; readonly failure: Failure }

/** The exit codes of shells for a command that is not there, and for one that cannot be run. */
const NOT_FOUND = 127
const NOT_EXECUTABLE = 126

/**
 * Runs a command on our own standard streams, with signals forwarded to it. Its exit code is that of the child, or 128 and
 * the number of the signal that ended it (reference/broker-run-cli.md C.2).
 */
export function runChild(
  command: readonly string[],
  environment: Record<string, string | undefined>,
  signals: Forwarding,
): Promise<Ending> {
  const [program = '', ...args] = command
  try {
    const child = spawn(program, args, { stdio: 'inherit', env: environment })
    signals.to(child)
    return endingOf(program, child)
  } catch (error) {
    // Some refusals of the system are thrown, others are events.
    if (!isRefusal(error)) throw error
    return Promise.resolve(notStarted(program, error))
  }
}

function endingOf(program: string, child: ChildProcess): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  child.once('error', (error) => {
    resolve(notStarted(program, error))
  })
  child.once('exit', (code, signal) => {
    resolve({ kind: 'ended', exitCode: code ?? 128 + numberOf(signal) })
  })
  return promise
}

const isRefusal = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error

const numberOf = (signal: NodeJS.Signals | null): number =>
  signal === null ? 0 : constants.signals[signal]

function notStarted(program: string, error: NodeJS.ErrnoException): Ending {
  const name = JSON.stringify(program.slice(0, 80))
  const [exitCode, reason, hint] = REASONS[error.code ?? ''] ?? [
    NOT_EXECUTABLE,
    error.code ?? 'it cannot be started',
  ]
  const failure = new Failure('usage', `exec: ${name}: ${reason}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
  return { kind: 'not-started', exitCode, failure }
}

const REASONS: Readonly<Record<string, readonly [number, string, string?]>> = {
  ENOENT: [NOT_FOUND, 'executable file not found in $PATH'],
  EACCES: [NOT_EXECUTABLE, 'permission denied'],
  E2BIG: [
    NOT_EXECUTABLE,
    'the environment is too large for a new process',
    'give the child files instead of large values: KEY: !var:file ID',
  ],
}
