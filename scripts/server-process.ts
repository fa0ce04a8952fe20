import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const LAUNCHER = join(import.meta.dirname, '..', 'bin', 'strongroom.js')

/** A server in a process of its own, for the demo, the tests and the bench. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** The server's certificate, PEM; `''` when it speaks plain HTTP. */
  readonly caPem: string
  /** Every line that the server has logged so far. */
  readonly lines: readonly string[]
  /** SIGTERM unless said otherwise; resolves to the exit code once the process has ended. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<number | null>
  /** SIGKILL, as a crash or an eager operator would. */
  kill(): Promise<void>
}

/** How a server is started. */
export interface ServerProcessOptions {
  readonly dataDir: string
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Whom it runs as, by number, where the caller may choose; this process's user unless said otherwise. */
  readonly user?: number
  /** The certificate that the server shows, when the flags name one. */
  readonly certFile?: string
  /** Kills the server when it is aborted, ready or not. */
  readonly death?: AbortSignal
}

/** A server that is not ready by then, in milliseconds, never will be. */
const READY_MS = 60_000

/** What came of a server that ended before it was ready. */
export class ServerDidNotStart extends Error {
  readonly exitCode: number | null
  readonly lines: readonly string[]

  constructor(exitCode: number | null, lines: readonly string[]) {
    super(`the server ended with ${exitCode} before it was ready:\n${lines.join('\n')}`)
    this.exitCode = exitCode
    this.lines = lines
  }
}

/**
 * Starts a server on a free port (unless the flags say otherwise) and resolves when it is ready; throws {@link ServerDidNotStart}.
 * When this process exits, the server is told to stop.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { dataDir, flags = [], environment = {}, user, certFile, death } = options
  const port = flags.some((flag) => flag.startsWith('--port')) ? [] : ['--port', '0']
  const child = spawn(
    process.execPath,
    [LAUNCHER, 'server', '--data-dir', dataDir, ...port, ...flags],
    {
      env: { ...cleanEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user === undefined ? {} : { uid: user, gid: user }),
    },
  )
  endWithThisProcess(child)
  death?.addEventListener('abort', () => child.kill('SIGKILL'))
  const lines: string[] = []
  const url = await readyUrl(child, lines)
  const caPem = url.startsWith('https:')
    ? await readFile(certFile ?? join(dataDir, 'tls', 'cert.pem'), 'utf8')
    : ''
  const { pid } = child
  if (pid === undefined) throw new Error('a server that is ready has no process number')
  return {
    url,
    pid,
    dataDir,
    caPem,
    lines,
    stop: async (signal = 'SIGTERM') => end(child, signal),
    kill: async () => void (await end(child, 'SIGKILL')),
  }
}

/** The administrator's key that a first start left in the data folder. */
export const readAdminKey = async (dataDir: string): Promise<string> =>
  (await readFile(join(dataDir, 'admin-api-key'), 'utf8')).trim()

/** Ours without what would configure a server or a client: the options alone decide. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const isOurs =
    /^(?:STRONGROOM_|CONJUR|(?:DATABASE_URL|PORT|BIND_ADDRESS|TRUSTED_PROXIES)$|[A-Z_]+_(?:VERSION_LIMIT|LIMIT_MAX)$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs.test(name)))
}

function endWithThisProcess(child: ChildProcess): void {
  const stop = (): void => void child.kill('SIGTERM')
  process.once('exit', stop)
  child.once('close', () => process.off('exit', stop))
}

function readyUrl(child: ChildProcess, lines: string[]): Promise<string> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('the server has no output')
  const late = setTimeout(() => child.kill('SIGKILL'), READY_MS)
  return new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => lines.push(line))
    createInterface({ input: stderr }).on('line', (line) => {
      lines.push(line)
      const ready = /"message":"ready","url":"([^"]+)"/.exec(line)
      if (ready?.[1] !== undefined) resolve(ready[1])
    })
    // After `close` every line of its output has been read.
    child.once('close', (code) => reject(new ServerDidNotStart(code, lines)))
    child.once('error', reject)
  }).finally(() => clearTimeout(late))
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close')
    child.kill(signal)
    await closed
  }
  return child.exitCode
}
