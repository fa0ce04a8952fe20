import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bashScript } from '#cli/completion/bash.ts'
import { placesOf } from '#cli/completion/places.ts'
import { COMMANDS, PROGRAMS } from '#cli/table.ts'
import { temporaryFolder } from './database.ts'

const SCRIPT = bashScript(placesOf(COMMANDS, PROGRAMS))

/** What bash offers for the last of the words. */
function offered(words: readonly string[], folder = '/'): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const script = `${SCRIPT}
COMP_WORDS=(strongroom ${quoted}); COMP_CWORD=${words.length}; _strongroom
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { status, stdout, stderr } = spawnSync('bash', ['-uc', script], {
    cwd: folder,
    encoding: 'utf8',
  })
  assert.deepEqual([status, stderr], [0, ''])
  return stdout.split('\n').filter((word) => word !== '')
}

test('bash completes commands, programs, options and their values', () => {
  assert.deepEqual(offered(['var']), ['variable'])
  assert.deepEqual(offered(['ser']), ['server'])
  assert.deepEqual(offered(['variable', '']).slice(0, 4), ['get', 'set', 'expire', 'clear'])
  assert.deepEqual(offered(['--debug', 'policy', 'load', '--dr']), ['--dry-run'])
  assert.deepEqual(offered(['list', '--output', '']), ['json', 'yaml', 'table'])
  assert.deepEqual(offered(['completion', '']).slice(0, 3), ['bash', 'zsh', 'fish'])
  assert.deepEqual(offered(['list', '--kind', '']), [])
  assert.deepEqual(offered(['nonsense', 'variable', 'ge']), ['get'])
})

test('bash completes files where a file is due, also those with spaces', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'policy one.yml'), '')
  assert.deepEqual(offered(['policy', 'load', '-f', 'pol'], folder.path), ['policy one.yml'])
  assert.deepEqual(offered(['import', 'pol'], folder.path), ['policy one.yml'])
})
