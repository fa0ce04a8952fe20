import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { chown, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { execFile, spawn } from 'node:child_process'
import { eventually } from './processes.ts'

/** The folder of the programs of the system's newest PostgreSQL; throws when it has none, so ask `lacking('postgresql')` first. */
export function systemPostgres(): string {
  const newest = globSync('/usr/lib/postgresql/*/bin/initdb').toSorted().at(-1)
  assert.ok(newest !== undefined, 'there is a PostgreSQL of the system')
  return dirname(newest)
}

/** A PostgreSQL of the system, on a socket of its own. */
export interface SystemPostgres extends AsyncDisposable {
  readonly connection: { readonly host: string; readonly user: string; readonly database: string }
}

/** It refuses to be root, as whom it must be somebody. */
const NOBODY = { uid: 65_534, gid: 65_534 }

/** Starts the PostgreSQL whose programs are in `programs`, with its data in `folder`. */
export async function startSystemPostgres(
  programs: string,
  folder: string,
): Promise<SystemPostgres> {
  const who = process.getuid?.() === 0 ? NOBODY : {}
  const home = join(folder, 'postgres')
  await mkdir(home)
  if (who === NOBODY) await chown(home, NOBODY.uid, NOBODY.gid)
  const data = join(home, 'data')
  const options = { ...who, cwd: home }
  const initialise = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync']
  await promisify(execFile)(
    join(programs, 'initdb'),
    [...initialise, '--encoding', 'UTF8'],
    options,
  )
  const postmaster = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-k', home, '-c', 'listen_addresses=', '-c', 'fsync=off'],
    { ...options, stdio: 'ignore' },
  )
  const exited = once(postmaster, 'exit')
  await eventually('the database answers', 30_000, async () => {
    const asked = spawn(join(programs, 'pg_isready'), ['-q', '-h', home], { stdio: 'ignore' })
    await once(asked, 'exit')
    const { exitCode: code } = asked
    return code === 0
  })
  return {
    connection: { host: home, user: 'postgres', database: 'postgres' },
    async [Symbol.asyncDispose]() {
      postmaster.kill('SIGQUIT')
      await exited
    },
  }
}
