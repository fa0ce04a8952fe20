import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What `probe` gives once it gives something; throws, naming `what`, when that takes longer than `withinMs`. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await probe()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await delay(10)
  }
}

/** A port of this machine on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Whether somebody accepts connections on `port`. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const tell = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', tell(true)).once('error', tell(false))
  })
}

/** The text of a file that may go away at any time; `undefined` when it is not there. */
function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // A process that ends while its files are read makes the read fail with ESRCH.
    if (error instanceof Error && 'code' in error && /^(?:ENOENT|ESRCH)$/.test(String(error.code)))
      return undefined
    throw error
  }
}

/** Whether process `pid` runs; one that has ended and whose parent has not asked for it does not. */
export const isAlive = (pid: number): boolean =>
  /^\d+ \(.*\) [^ZX]/s.test(textIfThere(`/proc/${pid}/stat`) ?? '')

/** The processes that `pid` started and that still run. */
export const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      const [, parent] = /\) [^ZX] (\d+) /.exec(textIfThere(`/proc/${child}/stat`) ?? '') ?? []
      return Number(parent) === pid
    })

/** The postmaster that serves, or served last, the data directory of a server; `undefined` when there is none any more. */
export function postmasterOf(dataDir: string): number | undefined {
  const text = textIfThere(join(dataDir, 'postgres', 'data', 'postmaster.pid'))
  const pid = Number.parseInt(text ?? '', 10)
  return pid > 1 && isPostgres(pid) && isAlive(pid) ? pid : undefined
}

/** The number of a process is soon another's: only one of that name is a database. */
const isPostgres = (pid: number): boolean => textIfThere(`/proc/${pid}/comm`)?.trim() === 'postgres'

/** The same, for a server that is known to run one. */
export function mustHavePostmaster(dataDir: string): number {
  const pid = postmasterOf(dataDir)
  if (pid === undefined) throw new Error(`no database serves ${dataDir}`)
  return pid
}

/** Sends `signal` to a process that may have ended. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
