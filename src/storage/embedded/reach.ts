import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { OsUser } from './account.ts'

const SEARCH = 0o1
const READ = 0o4

/** The folder on the way to `path`, itself included, that `user` may not enter; `undefined` when the way is open. */
export async function blockerOf(path: string, user: OsUser): Promise<string | undefined> {
  const parent = dirname(path)
  const above = parent === path ? undefined : await blockerOf(parent, user)
  return above ?? ((await grants(path, user, SEARCH)) ? undefined : path)
}

/** Whether `user` may read the file `path`, as far as modes tell. */
export async function isReadable(path: string, user: OsUser): Promise<boolean> {
  const blocked = await blockerOf(dirname(path), user)
  return blocked === undefined && grants(path, user, READ)
}

async function grants(path: string, user: OsUser, right: number): Promise<boolean> {
  const { mode, uid, gid } = await stat(path)
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
  return ((mode >> shift) & right) === right
}
