import { lstat, stat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, isAbsolute } from 'node:path'
import { Failure } from '#lib/failure.ts'

/** What a path of a socket may have at most, in bytes: what all systems allow. */
const MAX_PATH = 103

const WRITABLE_BY_OTHERS = 0o022

/**
 * Throws `configuration` unless a socket can be at `path` that nobody else can take away or replace: in a folder of this user or root which only
 * they may write. A socket that nobody listens on any more is removed; anything else that is there is left alone, and refused.
 */
export async function preparePlace(path: string): Promise<void> {
  if (!isAbsolute(path) || Buffer.byteLength(path) > MAX_PATH) {
    throw misplaced(`is not an absolute path of at most ${MAX_PATH} bytes`)
  }
  await mustBeOwn(dirname(path))
  const there = await orMissing(lstat(path))
  if (there === undefined) return
  if (!there.isSocket()) throw misplaced('is the path of something that is no socket')
  if (await isHeard(path))
    throw misplaced('is the path of a socket that another program listens on')
  await unlink(path)
}

async function mustBeOwn(folder: string): Promise<void> {
  const found = await orMissing(stat(folder))
  if (found?.isDirectory() !== true) throw misplaced(`is in ${folder}, which is no folder`)
  const isOwn = found.uid === 0 || found.uid === process.geteuid?.()
  if (isOwn && (found.mode & WRITABLE_BY_OTHERS) === 0) return
  throw new Failure(
    'configuration',
    `local-socket is in ${folder}, which others own or may write`,
    { hint: `give it a folder of its own: install -d -m 700 -o USER ${folder}/strongroom` },
  )
}

/** Throws `configuration` unless the socket at `path` is there for its owner alone. */
export async function mustBePrivate(path: string): Promise<void> {
  const { mode, uid } = await lstat(path)
  if ((mode & 0o777) === 0o600 && uid === process.geteuid?.()) return
  throw misplaced('could not be kept from others: its file system does not obey file modes')
}

async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function isHeard(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const settle = (heard: boolean) => () => {
      socket.destroy()
      resolve(heard)
    }
    socket.once('connect', settle(true))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Refused means that nobody is behind it; anything else does not say so.
      settle(error.code !== 'ECONNREFUSED')()
    })
  })
}

const misplaced = (what: string): Failure => new Failure('configuration', `local-socket ${what}`)
