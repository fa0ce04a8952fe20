import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lacking } from '../../scripts/debian-packages.ts'
import { makeConjurDatabase } from './conjur-database.ts'
import { temporaryFolder } from './database.ts'
import { startSystemPostgres, systemPostgres } from './debian-postgres.ts'
import { freePort } from './processes.ts'
import { transcriptOf } from './program.ts'
import type { Transcript } from './program.ts'
import { endDatabase } from './server-home.ts'

const PAGE = fileURLToPath(new URL('../../docs/migrating-from-conjur.md', import.meta.url))
const BIN = fileURLToPath(new URL('../../bin', import.meta.url))
const needed = { skip: lacking('postgresql') }

const PASSWORD = 'Correct-Horse-77'

/** The commands of the page, block by block. */
const commandsOf = (page: string): readonly string[] =>
  [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)

/** Runs a script in a folder where `strongroom` is ours. */
async function runScript(
  folder: string,
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<Transcript> {
  const programs = join(folder, 'bin')
  await mkdir(programs)
  for (const name of ['strongroom', 'conjurctl']) {
    const wrapper = join(programs, name)
    await writeFile(
      wrapper,
      `#!/bin/sh\nexec '${process.execPath}' '${join(BIN, `${name}.js`)}' "$@"\n`,
    )
    await chmod(wrapper, 0o755)
  }
  const file = join(folder, 'script.sh')
  await writeFile(file, script)
  const child = spawn('bash', ['-eux', file], {
    cwd: folder,
    env: { ...environment, PATH: `${programs}:${environment['PATH'] ?? ''}`, HOME: folder },
    stdio: 'pipe',
  })
  // The one command that asks is told the new password.
  return transcriptOf(child, `${PASSWORD}\n`)
}

test(
  'every command of the page on moving from Conjur does what the page says, from a real pg_dump',
  needed,
  async () => {
    const programs = systemPostgres()
    await using folder = await temporaryFolder()
    await using postgres = await startSystemPostgres(programs, folder.path)
    const { host, user, database } = postgres.connection
    const conjur = await makeConjurDatabase(postgres.connection)
    const blocks = commandsOf(await readFile(PAGE, 'utf8'))
    assert.equal(blocks.length, 7)
    const dataDir = join(folder.path, 'data')
    const ending = 'strongroom variable get -i shop/db\nkill %1\nwait %1\n'
    const run = await runScript(folder.path, [...blocks, ending].join('\n'), {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      OLD_DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`,
      OLD_DATA_KEY: conjur.dataKey,
      ADMIN_API_KEY: conjur.apiKeys.admin,
      ACCOUNT: 'old',
      STRONGROOM_DATA_DIR: dataDir,
      STRONGROOM_PORT: String(await freePort()),
    })
    await endDatabase(dataDir)
    assert.equal(run.exitCode, 0, run.stderr)
    const { stdout } = run
    assert.match(stdout, /^Account 'old' can be taken over$/m)
    assert.equal(stdout.match(/^Imported account 'old': 9 roles, 15 resources/gm)?.length, 2)
    assert.match(stdout, /Conjur is ready!/)
    assert.match(stdout, /old:variable:shop\/db/)
    assert.match(stdout, /value 9/)
    assert.equal(existsSync(join(folder.path, 'conjur.sql')), false)
    assert.ok(!run.stdout.includes(PASSWORD) && !run.stderr.includes(PASSWORD))
  },
)

test(
  'a custom dump of a real pg_dump is refused with the command that makes it plain, and that command does',
  needed,
  async () => {
    const programs = systemPostgres()
    await using folder = await temporaryFolder()
    await using postgres = await startSystemPostgres(programs, folder.path)
    const { host, user, database } = postgres.connection
    const conjur = await makeConjurDatabase(postgres.connection)
    const script = `
pg_dump -Fc --file=conjur.db "$OLD_DATABASE_URL"
hint=$(strongroom admin import --check --dump conjur.db 2>&1 >&2 | sed -n 's/.*\`\\(pg_restore [^\`]*\\)\`.*/\\1/p') || true
$hint
strongroom admin import --check --dump dump.sql
`
    const run = await runScript(folder.path, script, {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      OLD_DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(host)}`,
      STRONGROOM_IMPORT_DATA_KEY: conjur.dataKey,
      STRONGROOM_DATA_DIR: join(folder.path, 'data'),
    })
    assert.equal(run.exitCode, 0, run.stderr)
    assert.match(run.stdout, /^Account 'old' can be taken over$/m)
  },
)
