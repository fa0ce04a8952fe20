import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute } from 'node:path'

/** Where the folder of a run goes, and whether what is written there stays in memory. */
export interface FilesBase {
  readonly path: string
  readonly inMemory: boolean
}

const SHARED_MEMORY = '/dev/shm'

/** The kinds of file systems that are memory, by their numbers in statfs(2). */
const MEMORY_KINDS = new Set([0x0102_1994, 0x8584_58f6])

/**
 * The first of these that is memory and ours to write to: the folder that the system gives this user (`XDG_RUNTIME_DIR`), which
 * nobody else can enter, and `/dev/shm`. Without either it is the folder for temporary files.
 */
export function filesBase(environment: Readonly<Record<string, string | undefined>>): FilesBase {
  const [first] = memoryFolders(environment)
  return first === undefined ? { path: tmpdir(), inMemory: false } : { path: first, inMemory: true }
}

/** All folders in memory in which an earlier run may have left something. */
export const memoryFolders = ({
  XDG_RUNTIME_DIR: own,
}: Readonly<Record<string, string | undefined>>): readonly string[] => [
  ...(own !== undefined && isPrivate(own) && isUsable(own) ? [own] : []),
  ...(isUsable(SHARED_MEMORY) ? [SHARED_MEMORY] : []),
]

function isPrivate(path: string): boolean {
  const stat = isAbsolute(path) ? fs.lstatSync(path, { throwIfNoEntry: false }) : undefined
  return (
    stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0
  )
}

function isUsable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK)
    return MEMORY_KINDS.has(fs.statfsSync(path).type)
  } catch (error) {
    // Not there, or not ours to write to, as in a read-only container.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
