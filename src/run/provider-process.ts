import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { Failure, quoted } from '#lib/failure.ts'

/** What one run of a provider gave. */
export interface ProviderOutput {
  readonly stdout: Buffer
  readonly stderr: string
  /** Why it counts as failed, in Go's words; absent for success. */
  readonly fault?: string
}

/** How a provider is run. */
export interface ProviderRun {
  readonly path: string
  readonly args: readonly string[]
  /** What it reads on its standard input, which then ends; nothing when absent. */
  readonly input?: string
  readonly timeoutMs: number
  /** The number of lines after which it has said everything, even if it does not end. */
  readonly lines?: number
}

/** The most that a provider may print, in bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024

/** How much is kept of what it says to people, in bytes. */
const MAX_ERROR = 64 * 1024

/** How long a provider that has said everything may take to end by itself, in milliseconds. */
const GRACE_MS = 1000

/**
 * Runs a provider to its end. Throws `configuration` when it cannot be started, `unavailable` when it takes too long and `too_large` when
 * it prints without end; it is killed then.
 */
export async function runProvider(run: ProviderRun): Promise<ProviderOutput> {
  const child = start(run)
  const overrun = Promise.withResolvers<never>()
  const timer = setTimeout(() => overrun.reject(tooSlow(run)), run.timeoutMs)
  const stdout = collect(child.stdout, MAX_OUTPUT, () => overrun.reject(tooMuch(run)))
  const stderr = collect(child.stderr, MAX_ERROR, () => undefined)
  try {
    const fault = await Promise.race([faultOf(child, run), overrun.promise])
    return {
      stdout: stdout(),
      stderr: stderr().toString(),
      ...(fault === undefined ? {} : { fault }),
    }
  } finally {
    clearTimeout(timer)
    release(child)
  }
}

function start(run: ProviderRun): ChildProcess {
  const { path, args, input } = run
  try {
    const child = spawn(path, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    // A provider that takes no input may end before it is written; what it answers is looked at anyway.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    return child
  } catch (error) {
    throw cannotStart(run, error)
  }
}

/** Keeps what a stream brings, up to `most` bytes; `full` is told when there is more. */
function collect(stream: Readable | null, most: number, full: () => void): () => Buffer {
  const chunks: Buffer[] = []
  let size = 0
  stream?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= most) chunks.push(chunk)
    else full()
  })
  return () => Buffer.concat(chunks)
}

/** Resolves when the provider has ended, or a little after it has said everything. */
function faultOf(child: ChildProcess, run: ProviderRun): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  child.once('error', (error) => reject(cannotStart(run, error)))
  child.once('close', (code, signal) => resolve(faultIn(code, signal)))
  let left = run.lines ?? Infinity
  child.stdout?.on('data', (chunk: Buffer) => {
    if (left <= 0) return
    left -= chunk.toString('latin1').split('\n').length - 1
    if (left <= 0) setTimeout(() => resolve(undefined), GRACE_MS).unref()
  })
  return promise
}

function faultIn(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) return `signal: ${signal}`
  return code === 0 ? undefined : `exit status ${code}`
}

/** Lets nothing of a provider hold us up, nor it go on without us. */
function release(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program',
  EACCES: 'permission denied',
  ENOEXEC: 'it is not a program',
}

function cannotStart({ path }: ProviderRun, error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS[code] ?? (code || 'it cannot be started')
  return new Failure('configuration', `the provider ${quoted(path)}: ${reason}`, {
    cause: error,
    hint: 'check -p, SUMMON_PROVIDER and SUMMON_PROVIDER_PATH; without them the server is asked',
  })
}

const tooSlow = ({ path, timeoutMs }: ProviderRun): Failure =>
  new Failure(
    'unavailable',
    `the provider ${quoted(path)} did not answer within ${timeoutMs / 1000} seconds`,
    { hint: 'try it by itself, or allow more seconds with CONJUR_HTTP_TIMEOUT' },
  )

const tooMuch = ({ path }: ProviderRun): Failure =>
  new Failure('too_large', `the provider ${quoted(path)} printed more than 64 MiB`)
