import * as fs from 'node:fs'
import { join, resolve } from 'node:path'
import { readTextFile, writePrivateFile } from '#client/private-file.ts'
import type { Environment } from '#client/settings.ts'
import { shellQuoted } from '#cli/completion/places.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { GIVEN } from './given.ts'

/** Everything that the tutorial keeps, in one folder. */
export interface Folder {
  readonly path: string
  /** The data of the server. */
  readonly data: string
  /** What the server logs. */
  readonly log: string
  /** The home of the person within the tutorial: their configuration and login. */
  readonly home: string
  /** Where the person works. */
  readonly work: string
  /** Where `strongroom` is found. */
  readonly programs: string
  /** How far the person came; its presence says that the folder is the tutorial's. */
  readonly progress: string
}

/**
 * The folder that is meant when none is named: one below the state of the user (XDG). Root's database runs as another user, who has no
 * way into root's home.
 */
export function standardFolder(environment: Environment, home: string, isRoot: boolean): string {
  const state = environment['XDG_STATE_HOME']
  if (state !== undefined && state.startsWith('/')) return join(state, 'strongroom', 'tutorial')
  return isRoot
    ? '/var/lib/strongroom-tutorial'
    : join(home, '.local', 'state', 'strongroom', 'tutorial')
}

/** The places in a folder. */
export function folderAt(path: string): Folder {
  const whole = resolve(path)
  return {
    path: whole,
    data: join(whole, 'server'),
    log: join(whole, 'server.log'),
    home: join(whole, 'home'),
    work: join(whole, 'work'),
    programs: join(whole, 'bin'),
    progress: join(whole, 'strongroom-tutorial.json'),
  }
}

/**
 * Makes the folder, for nobody but its owner (root's is passable, for the sake of the database), and says whether it was made now. Throws
 * `configuration` when it cannot be, or is one that something else was put into.
 */
export function openFolder(folder: Folder): boolean {
  try {
    fs.mkdirSync(join(folder.path, '..'), { recursive: true })
    const made = fs.mkdirSync(folder.path, { recursive: true, mode: 0o700 }) !== undefined
    const isNew = made || fs.readdirSync(folder.path).length === 0
    if (!isNew && readTextFile(folder.progress) === undefined) throw foreign(folder)
    if (fs.statSync(folder.path).uid !== process.getuid?.()) throw foreign(folder)
    fs.chmodSync(folder.path, process.getuid?.() === 0 ? 0o711 : 0o700)
    return isNew
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('configuration', `cannot make the folder ${quoted(folder.path)}`, {
      cause: error,
      hint: 'name another one with --folder',
    })
  }
}

const foreign = ({ path }: Folder): Failure =>
  new Failure('configuration', `${quoted(path)} holds something that is not the tutorial's`, {
    hint: 'name a folder that is empty, or not there yet, with --folder',
  })

/** Removes what the person did; the server removes its data itself. */
export function clearFolder({ home, work, programs }: Folder): void {
  for (const path of [home, work, programs]) fs.rmSync(path, { recursive: true, force: true })
}

/** How our program is started. */
export interface Launch {
  readonly node: string
  readonly launcher: string
}

/** Puts what is missing into the folder: a `strongroom` that is this one, and the files of the steps. */
export function fillFolder({ home, work, programs }: Folder, { node, launcher }: Launch): void {
  for (const path of [home, work, programs]) fs.mkdirSync(path, { recursive: true, mode: 0o700 })
  const program = join(programs, 'strongroom')
  writePrivateFile(program, `#!/bin/sh\nexec ${shellQuoted(node)} ${shellQuoted(launcher)} "$@"\n`)
  fs.chmodSync(program, 0o700)
  for (const [name, text] of Object.entries(GIVEN)) {
    const path = join(work, name)
    if (!fs.existsSync(path)) writePrivateFile(path, text)
  }
}
