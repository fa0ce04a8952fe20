import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chownSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { STEPS } from '#cli/tutorial/steps.ts'
import { transcriptOf } from './program.ts'
import { held, tutorialHome } from './tutorial-home.ts'

test('what is kept is for its owner alone', async () => {
  await using home = await tutorialHome()
  assert.equal((await home.run(['--yes'])).exitCode, 0)
  const mode = (path: string): number => statSync(join(home.folder, path)).mode & 0o777
  // Root's database runs as another user, who must be able to pass.
  assert.equal(mode('.'), process.getuid?.() === 0 ? 0o711 : 0o700)
  for (const path of ['home', 'work', 'bin']) assert.equal(mode(path), 0o700, path)
  for (const path of ['strongroom-tutorial.json', 'home/.netrc', 'work/web.netrc', 'server.log']) {
    assert.equal(mode(path), 0o600, path)
  }
})

/** Somebody who is not root, with a name. */
const NOBODY = 65_534

test('who is not root has it among the state of the user, closed to everybody else', async () => {
  await using home = await tutorialHome()
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(home.path, NOBODY, NOBODY)
  const [program = ''] = home.words([])
  const { exitCode, stdout, stderr } = await transcriptOf(
    spawn(process.execPath, [program, 'tutorial', '--yes'], {
      cwd: home.path,
      env: home.environment,
      stdio: 'pipe',
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    }),
  )
  assert.equal(exitCode, 0, stderr)
  const folder = join(home.path, '.local/state/strongroom/tutorial')
  assert.ok(stdout.includes(`    ${folder}\n`))
  assert.equal(statSync(folder).mode & 0o777, 0o700)
})

test('what no longer fits is told, and --restart begins anew', async () => {
  await using home = await tutorialHome()
  assert.equal((await home.run(['--yes'])).exitCode, 0)
  const spoil: readonly (readonly [RegExp, () => Promise<void>])[] = [
    [
      /its progress cannot be read/,
      () => writeFile(join(home.folder, 'strongroom-tutorial.json'), 'nonsense'),
    ],
    [/its server does not know it any more/, () => rm(home.data, { recursive: true, force: true })],
  ]
  for (const [message, act] of spoil) {
    await act()
    const { exitCode, stderr } = await home.run(['--yes'])
    assert.equal(exitCode, 7, stderr)
    assert.match(stderr, message)
    assert.match(stderr, /begin anew with --restart/)
    const anew = await home.run(['--yes', '--restart'])
    assert.equal(anew.exitCode, 0, anew.stderr)
    assert.equal(held(anew.stdout), STEPS.length - 1)
  }
})

test('a policy that takes away what later steps need no longer fits', async () => {
  await using home = await tutorialHome()
  const dialogue = await home.open()
  await dialogue.until('look-around> ')
  for (const [word, next] of [
    ['skip', 'policy> '],
    ['skip', 'secret> '],
  ] as const) {
    dialogue.type(word)
    await dialogue.until(next)
  }
  dialogue.type("echo '- !delete { record: !variable app/password }' > gone.yml")
  await dialogue.until('secret> ')
  dialogue.type('strongroom policy update -b root -f gone.yml')
  await dialogue.until('secret> ')
  dialogue.type('quit')
  await dialogue.ended
  const { exitCode, stderr } = await home.run(['--yes'])
  assert.equal(exitCode, 7)
  assert.match(stderr, /variable:app\/password or host:app\/web is not there any more/)
})

test('a policy that takes the tutorial itself away ends it with word of that', async () => {
  await using home = await tutorialHome()
  const dialogue = await home.open()
  await dialogue.until('look-around> ')
  dialogue.type('strongroom policy replace -b root -f app.yml')
  await dialogue.until('no longer fits: a policy has removed user:guide')
  assert.equal((await dialogue.ended).exitCode, 7)
  const { exitCode, stderr } = await home.run(['--yes'])
  assert.equal(exitCode, 7)
  assert.match(stderr, /its server does not know it any more/)
})

test('--restart touches nothing but what the tutorial keeps', async () => {
  await using home = await tutorialHome()
  assert.equal((await home.run(['--yes'])).exitCode, 0)
  await writeFile(join(home.folder, 'mine.txt'), 'mine')
  await writeFile(join(home.folder, 'work/theirs.txt'), 'of the tutorial')
  assert.equal((await home.run(['--yes', '--restart'])).exitCode, 0)
  assert.equal(readFileSync(join(home.folder, 'mine.txt'), 'utf8'), 'mine')
  assert.ok(!readdirSync(join(home.folder, 'work')).includes('theirs.txt'))
})

test('a folder with something else in it is left alone', async () => {
  await using home = await tutorialHome()
  await mkdir(join(home.folder, 'work'), { recursive: true })
  await writeFile(join(home.folder, 'work/mine.txt'), 'mine')
  for (const argv of [['--yes'], ['--yes', '--restart']]) {
    const { exitCode, stderr } = await home.run(argv)
    assert.equal(exitCode, 3)
    assert.match(stderr, /holds something that is not the tutorial's\n {2}name a folder/)
  }
  assert.deepEqual(readdirSync(home.folder), ['work'])
  assert.equal(readFileSync(join(home.folder, 'work/mine.txt'), 'utf8'), 'mine')
})

test('one folder is for one tutorial at a time', async () => {
  await using home = await tutorialHome()
  const first = await home.open()
  await first.until('look-around> ')
  const { exitCode, stdout, stderr } = await home.run(['--yes', '--restart'])
  assert.equal(exitCode, 3)
  assert.match(stdout, /Another tutorial works in this folder: waiting for it to end/)
  assert.match(stderr, /is already in use by process \d+/)
  first.type('strongroom whoami')
  await first.until('policy> ')
  first.type('quit')
  assert.equal((await first.ended).exitCode, 0)
})
