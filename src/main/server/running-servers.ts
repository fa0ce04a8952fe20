import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { processStat } from '#run/process-stat.ts'
import { writePrivate } from './private-file.ts'

// The servers that run on a data folder: a file each in its folder `servers`, named by the number of the process, holding when that
// process began. Both together are its name for good, so that no signal ever goes to a process that got the number later.

const folderIn = (dataDir: string): string => join(dataDir, 'servers')

/** Says that this process serves on `dataDir`, until it is disposed of. */
export async function announceServer(dataDir: string): Promise<AsyncDisposable> {
  const file = join(folderIn(dataDir), String(process.pid))
  await writePrivate(file, `${startOf(process.pid)}\n`)
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

/** The numbers of the processes that serve on `dataDir`; what a killed one left is removed. */
export async function runningServers(dataDir: string): Promise<readonly number[]> {
  const folder = folderIn(dataDir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = (await readdir(folder)).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    names.map(async (name) => {
      const pid = Number(name)
      const file = join(folder, name)
      if (isAlive(pid) && (await readFile(file, 'utf8')).trim() === startOf(pid)) return pid
      await rm(file, { force: true })
      return undefined
    }),
  )
  return found.filter((pid) => pid !== undefined)
}

/** Where the system does not say when a process began, its number has to do. */
const startOf = (pid: number): string => processStat(pid)?.startTime ?? 'unknown'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code === 'EPERM'
    throw error
  }
}
