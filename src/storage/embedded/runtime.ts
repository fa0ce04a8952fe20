import { chmod, cp, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { OsUser } from './account.ts'
import type { Binaries } from './binaries.ts'
import { isReadable } from './reach.ts'

/** What it takes to start a program of PostgreSQL. */
export interface Runtime {
  readonly bin: string
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Makes PostgreSQL runnable for `user`. The installed files are used where they are, with the library names that are
 * missing linked in `home`; when `user` cannot read them (say, below root's home) they are copied to `home` once a version.
 */
export async function prepareRuntime(
  binaries: Binaries,
  home: string,
  user: OsUser,
): Promise<Runtime> {
  return (await isUsable(binaries, user))
    ? linkedRuntime(binaries, join(home, 'lib'))
    : copiedRuntime(binaries, home)
}

async function isUsable(binaries: Binaries, user: OsUser): Promise<boolean> {
  // Who is not root runs the files as itself and needs no more than what it has just shown by reading them.
  if (process.getuid?.() === user.uid) return true
  const samples = ['bin/postgres', 'share/postgresql/postgres.bki', 'pg-symlinks.json']
  const libraries = [...new Set(binaries.links.values())].map((file) => `lib/${file}`)
  const readable = await Promise.all(
    [...samples, ...libraries].map((file) => isReadable(join(binaries.folder, file), user)),
  )
  return !readable.includes(false)
}

async function linkedRuntime(binaries: Binaries, folder: string): Promise<Runtime> {
  const library = join(binaries.folder, 'lib')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await chmod(folder, 0o755)
  await Promise.all(
    [...binaries.links].map(([name, file]) => symlink(join(library, file), join(folder, name))),
  )
  return {
    bin: join(binaries.folder, 'bin'),
    environment: environmentFor([folder, library]),
  }
}

async function copiedRuntime(binaries: Binaries, home: string): Promise<Runtime> {
  const name = `runtime-${binaries.version}`
  const folder = join(home, name)
  const present = await readdir(home)
  const stale = present.filter((entry) => entry.startsWith('runtime-') && entry !== name)
  await Promise.all(stale.map((entry) => rm(join(home, entry), { recursive: true, force: true })))
  if (!present.includes(name)) await copy(binaries, folder)
  return { bin: join(folder, 'bin'), environment: environmentFor([join(folder, 'lib')]) }
}

/** Copies to a folder beside and renames, so that a copy that was cut short is never taken for a whole one. */
async function copy(binaries: Binaries, folder: string): Promise<void> {
  const unfinished = `${folder}.unfinished`
  await cp(binaries.folder, unfinished, {
    recursive: true,
    filter: (source) => !source.endsWith('.a'),
  })
  await Promise.all(
    [...binaries.links].map(([name, file]) => symlink(file, join(unfinished, 'lib', name))),
  )
  await openToAll(unfinished)
  await rename(unfinished, folder)
}

/** Lets everybody read and nobody but the owner write, whatever the umask was. */
async function openToAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const real = entries.filter((entry) => !entry.isSymbolicLink())
  await Promise.all(
    [folder, ...real.map((entry) => join(entry.parentPath, entry.name))].map(openFile),
  )
}

async function openFile(path: string): Promise<void> {
  const { mode } = await stat(path)
  // Who may search a folder or run a file: everybody, if its owner may.
  await chmod(path, (mode & 0o100) === 0 ? 0o644 : 0o755)
}

/** Only what PostgreSQL needs: nothing of this process's environment reaches the database. */
function environmentFor(folders: readonly string[]): Readonly<Record<string, string>> {
  const path = folders.join(':')
  return {
    LD_LIBRARY_PATH: path,
    DYLD_LIBRARY_PATH: path,
    LC_ALL: 'C',
    TZ: 'UTC',
    PATH: '/usr/bin:/bin',
  }
}
