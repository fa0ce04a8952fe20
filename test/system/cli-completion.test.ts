import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { bashScript } from '#cli/completion/bash.ts'
import { fishScript } from '#cli/completion/fish.ts'
import { placesOf } from '#cli/completion/places.ts'
import { zshScript } from '#cli/completion/zsh.ts'
import { COMMANDS, PROGRAMS } from '#cli/table.ts'
import { lacking } from '../../scripts/debian-packages.ts'
import { temporaryFolder } from './database.ts'

const PLACES = placesOf(COMMANDS, PROGRAMS)
const SCRIPT = bashScript(PLACES)

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

/** What fish offers for the end of a line, without the meanings. */
function offeredByFish(line: string): readonly string[] {
  const script = `${fishScript(PLACES)}\ncomplete -C '${line}'`
  const { status, stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], {
    encoding: 'utf8',
  })
  assert.deepEqual([status, stderr], [0, ''])
  return stdout.split('\n').flatMap((each) => each.split('\t', 1).filter((word) => word !== ''))
}

test('a real fish completes commands, options and their values', { skip: lacking('fish') }, () => {
  assert.deepEqual(offeredByFish('strongroom var'), ['variable'])
  assert.deepEqual(offeredByFish('strongroom variable s'), ['set'])
  assert.deepEqual(offeredByFish('strongroom policy load --dr'), ['--dry-run'])
  assert.deepEqual(offeredByFish('strongroom list --output y'), ['yaml'])
  assert.deepEqual(offeredByFish('strongroom completion z'), ['zsh'])
})

/** The words that strongroom would get when each line is typed into an interactive zsh, up to a tab that completes it. */
async function completedByZsh(lines: readonly string[]): Promise<readonly string[]> {
  await using folder = await temporaryFolder()
  const completion = join(folder.path, 'completion.zsh')
  await writeFile(completion, zshScript(PLACES))
  const typed = lines.map(
    (line) => `zpty -w shell $'${line}\\t'; zpty -r shell answer $'*<*>\\r*'; print -r -- $answer`,
  )
  const script = `zmodload zsh/zpty; zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -D -u; source ${completion}'
zpty -w shell 'strongroom() print -r -- "<"$*">"'
${typed.join('\n')}
zpty -d shell`
  const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.deepEqual([status, stderr], [0, ''])
  return [...stdout.matchAll(/<([^<>]*)>\r/g)].map(([, words = '']) => words)
}

test(
  'a real zsh completes commands, options and their values',
  { skip: lacking('zsh') },
  async () => {
    const lines = ['var', 'variable s', 'policy load --dr', 'list --output y', 'completion z']
    assert.deepEqual(await completedByZsh(lines.map((line) => `strongroom ${line}`)), [
      'variable',
      'variable set',
      'policy load --dry-run',
      'list --output yaml',
      'completion zsh',
    ])
  },
)
