import { execFile } from 'node:child_process'
import { readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Failure } from '#lib/failure.ts'
import { isMissing } from './cluster.ts'

const FAST_MS = 10_000
const IMMEDIATE_MS = 10_000

/**
 * Ends the postmaster that a killed server left running on the folder `data`, and removes the lock of one that is gone but
 * whose process number now belongs to something else. Only who holds the lock of the data directory may call this: then
 * whatever still serves it is an orphan. Throws `unavailable` when the orphan does not end.
 */
export async function clearOrphan(data: string, log: (line: string) => void): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = await pidIn(lock)
  if (pid === undefined) return
  if (await isPostmasterOf(pid, data)) {
    log(`stopping the database that an earlier server left running as process ${pid}`)
    await endProcess(pid, data)
  } else {
    await rm(lock, { force: true })
  }
}

async function pidIn(lock: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(lock, 'utf8'), 10)
    return pid > 1 ? pid : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether process `pid` is a PostgreSQL that serves `data`: a postmaster works in its data folder. */
async function isPostmasterOf(pid: number, data: string): Promise<boolean> {
  return process.platform === 'linux' ? worksIn(pid, data) : wasStartedOn(pid, data)
}

async function worksIn(pid: number, data: string): Promise<boolean> {
  try {
    const [folder, name] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      readFile(`/proc/${pid}/comm`, 'utf8'),
    ])
    return folder === data && name.trim() === 'postgres'
  } catch (error) {
    if (isUnseen(error)) return false
    throw error
  }
}

/** A process that is gone, or another user's and thereby not ours. */
const isUnseen = (error: unknown): boolean =>
  isMissing(error) ||
  (error instanceof Error &&
    'code' in error &&
    ['EACCES', 'EPERM', 'ESRCH'].includes(String(error.code)))

async function wasStartedOn(pid: number, data: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)])
    return stdout.includes(`postgres -D ${data} `)
  } catch (error) {
    // `ps` exits with 1 when there is no such process.
    if (error instanceof Error && 'code' in error && error.code === 1) return false
    throw error
  }
}

async function endProcess(pid: number, data: string): Promise<void> {
  if (await endsAfter('SIGINT', pid, data, FAST_MS)) return
  if (await endsAfter('SIGQUIT', pid, data, IMMEDIATE_MS)) return
  throw new Failure(
    'unavailable',
    `the database process ${pid} of an earlier server does not end`,
    {
      hint: `end process ${pid} by hand and start again`,
    },
  )
}

async function endsAfter(
  signal: NodeJS.Signals,
  pid: number,
  data: string,
  withinMs: number,
): Promise<boolean> {
  const deadline = performance.now() + withinMs
  signalIfAlive(pid, signal)
  // oxlint-disable no-await-in-loop -- it is asked again until it has ended
  while (await isPostmasterOf(pid, data)) {
    if (performance.now() > deadline) return false
    await delay(10)
  }
  // oxlint-enable no-await-in-loop
  return true
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!isUnseen(error)) throw error
  }
}
