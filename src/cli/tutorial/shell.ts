import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { Failure } from '#lib/failure.ts'

/** Where a command runs. */
export interface ShellPlace {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** Ends the command. */
  readonly signal: AbortSignal
}

const SHELL = '/bin/sh'

/**
 * Runs a command on the terminal of this process and resolves when it has ended. Ctrl-C is for the command alone meanwhile. How it ended is for the
 * person to see.
 */
export async function runOnTerminal(
  line: string,
  { folder, environment, signal }: ShellPlace,
): Promise<void> {
  const ignore = (): void => undefined
  process.on('SIGINT', ignore)
  try {
    const child = spawn(SHELL, ['-c', line], { cwd: folder, env: environment, stdio: 'inherit' })
    const stop = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop)
    await ended(child)
    signal.removeEventListener('abort', stop)
  } finally {
    process.off('SIGINT', ignore)
  }
}

/** Runs a command with `input` and resolves with all that it printed, in the order in which it came. */
export async function runToEnd(
  line: string,
  input: string,
  { folder, environment, signal }: ShellPlace,
): Promise<string> {
  const child = spawn(SHELL, ['-c', `exec 2>&1; ${line}`], {
    cwd: folder,
    env: environment,
    stdio: 'pipe',
    // A group of its own, so that all of a pipeline is ended at once.
    detached: true,
  })
  const stop = (): void => endGroup(child)
  signal.addEventListener('abort', stop)
  // A command may end without having read its input.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await ended(child)
  signal.removeEventListener('abort', stop)
  return Buffer.concat(chunks).toString()
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.once('close', () => resolve())
  child.once('error', (cause) =>
    reject(new Failure('configuration', `cannot start ${SHELL}`, { cause })),
  )
  return promise
}
