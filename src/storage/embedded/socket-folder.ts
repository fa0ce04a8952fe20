import { chmod, chown, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OsUser } from './account.ts'
import { PORT } from './settings.ts'

/** The longest path of a Unix socket that every system takes, in bytes: 107 on Linux, 103 on macOS. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** The folder of the database's socket. Only `user` (and root) may enter it. */
export interface SocketFolder {
  readonly path: string
  remove(): Promise<void>
}

/** Makes the folder in `home`, or where its path would be too long for a socket, a private one in the temporary folder. */
export async function makeSocketFolder(home: string, user: OsUser): Promise<SocketFolder> {
  const near = join(home, 'run')
  const path = fits(near) ? near : await mkdtemp(join(await realpath(tmpdir()), 'strongroom-'))
  await mkdir(path, { recursive: true })
  await chmod(path, 0o700)
  await chown(path, user.uid, user.gid)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

const fits = (folder: string): boolean =>
  Buffer.byteLength(join(folder, `.s.PGSQL.${PORT}`)) <= MAX_PATH_BYTES
