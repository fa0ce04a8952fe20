import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { endOf, runProgram, startProgram } from './program.ts'
import type { StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

async function shop(): Promise<StandIn> {
  const server = await startStandIn()
  server.secrets
    .set('acme:variable:db/user', Buffer.from('cart'))
    .set('acme:variable:db/password', Buffer.from('c4n4ry$'))
  return server
}

const SECRETS = 'secrets: {USER: !var db/user, PASSWORD: !var db/password}'

/** Writes a secrets file with one file in it, and runs a command. */
async function run(
  server: StandIn,
  file: string,
  ...command: readonly string[]
): ReturnType<typeof runProgram> {
  await writeFile(
    join(server.folder, 'secrets.yml'),
    `summon.files:\n  - ${file}\n    ${SECRETS}\n`,
  )
  return runProgram('run', command, server)
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

test('a file is there while the command runs, in its format, from one request, and then is not', async () => {
  await using server = await shop()
  const { stdout, stderr, exitCode } = await run(
    server,
    'path: ./out/db.json\n    format: json',
    'cat',
    'out/db.json',
  )
  assert.equal(stderr, '')
  assert.equal(stdout, '{"PASSWORD":"c4n4ry$","USER":"cart"}')
  assert.equal(exitCode, 0)
  assert.deepEqual(readdirSync(join(server.folder, 'out')), [])
  assert.equal(server.seen.filter(({ path }) => path === '/secrets').length, 1)
})

test('a file and its folder have the permissions that are asked for, whatever the umask', async () => {
  await using server = await shop()
  for (const [permissions, modes] of [
    ['', '600 700'],
    ['\n    permissions: 0640', '640 750'],
    ['\n    permissions: 0644', '644 755'],
  ] as const) {
    const path = `made-${modes.replace(' ', '-')}/db`
    const show = `stat -c '%a' ${path} ${dirname(path)} | tr '\\n' ' '`
    const { stdout } = await run(server, `path: ${path}${permissions}`, 'sh', '-c', show)
    assert.equal(stdout.trim(), modes)
  }
})

test('a shell that reads a file for it gets the values and expands nothing', async () => {
  await using server = await shop()
  server.secrets.set('acme:variable:db/password', Buffer.from('$(touch owned)`id`\\ "\' $HOME\n x'))
  const script = '. ./env.sh; printf "%s" "$PASSWORD"'
  const { stdout } = await run(server, 'path: env.sh\n    format: bash', 'sh', '-c', script)
  assert.equal(stdout, '$(touch owned)`id`\\ "\' $HOME\n x')
  assert.ok(!existsSync(join(server.folder, 'owned')))
})

test('a missing secret leaves no file, and nothing starts', async () => {
  await using server = await shop()
  server.secrets.delete('acme:variable:db/user')
  const { exitCode, stderr } = await run(server, 'path: out/db', 'touch', 'started')
  assert.equal(exitCode, 127)
  assert.match(stderr, /Error fetching secret: `db\/user` for `USER`/)
  assert.ok(!existsSync(join(server.folder, 'out')))
  assert.ok(!existsSync(join(server.folder, 'started')))
})

test('`file`: a file that is there, or a link, is not touched unless that is asked for', async () => {
  await using server = await shop()
  const path = join(server.folder, 'db')
  await writeFile(join(server.folder, 'target'), 'precious')
  for (const make of [
    () => writeFile(path, 'precious'),
    () => symlink('target', path),
    () => symlink('nowhere', path),
  ]) {
    await make()
    const { exitCode, stderr } = await run(server, 'path: db', 'touch', 'started')
    assert.equal(exitCode, 127)
    assert.match(
      stderr,
      /file already exists at `.*db` and overwrite is not enabled\n {2}write overw/,
    )
    assert.ok(!existsSync(join(server.folder, 'started')))
    await rm(path)
  }
  assert.equal(await readFile(join(server.folder, 'target'), 'utf8'), 'precious')
  assert.equal(server.seen.length, 0, 'no secret was asked for')
})

test('`file`: a file that is overwritten is put back, a link as a link', async () => {
  await using server = await shop()
  const path = join(server.folder, 'db')
  const overwrite = 'path: db\n    overwrite: true'
  await writeFile(path, 'precious')
  chmodSync(path, 0o640)
  assert.match((await run(server, overwrite, 'cat', 'db')).stdout, /c4n4ry/)
  assert.equal(await readFile(path, 'utf8'), 'precious')
  assert.equal(modeOf(path), 0o640)
  await rm(path)

  await writeFile(join(server.folder, 'target'), 'precious')
  symlinkSync('target', path)
  assert.match((await run(server, overwrite, 'cat', 'db')).stdout, /c4n4ry/)
  assert.equal(await readFile(path, 'utf8'), 'precious')
  assert.equal(readFileSync(join(server.folder, 'target'), 'utf8'), 'precious')
  assert.deepEqual(
    readdirSync(server.folder).filter((name) => name.includes('strongroom')),
    [],
  )
})

test('a place that cannot be written is said to be so, and the files before it go', async () => {
  await using server = await shop()
  await writeFile(join(server.folder, 'plain'), '')
  const text = `summon.files:\n  - path: first\n    ${SECRETS}\n  - path: plain/second\n    ${SECRETS}`
  const argv = ['--yaml', text, 'touch', 'started']
  const { exitCode, stderr } = await runProgram('run', argv, server)
  assert.equal(exitCode, 127)
  assert.match(
    stderr,
    /^strongroom: cannot .*plain\/second`: a part of the path is not a folder\n$/,
  )
  assert.deepEqual(readdirSync(server.folder).toSorted(), ['cert.pem', 'plain'])
  await mkdir(join(server.folder, 'folder'))
  const onFolder = await run(server, 'path: folder\n    overwrite: true', 'true')
  assert.match(onFolder.stderr, /it is a folder/)
})

/** Starts a command that waits for its standard input, and gives it back when it runs. */
async function holding(
  server: StandIn,
  argv: readonly string[],
): Promise<{ readonly runner: ReturnType<typeof startProgram>; readonly line: string }> {
  const script = 'echo "${KEY-}"; read -r line'
  const runner = startProgram('run', [...argv, 'sh', '-c', script], server)
  const line = await new Promise<string>((resolve) => {
    createInterface({ input: runner.stdout ?? assert.fail('no pipe') }).once('line', resolve)
  })
  return { runner, line }
}

test('`file`: what a killed runner pushed goes at the next start, and what was there before comes back', async () => {
  await using server = await shop()
  await writeFile(join(server.folder, 'old'), 'precious')
  await writeFile(join(server.folder, 'later'), 'precious')
  const file = (path: string): string => `  - path: ${path}\n    overwrite: true\n    ${SECRETS}\n`
  const text = `summon.files:\n${['new', 'old', 'later'].map(file).join('')}`
  const { runner } = await holding(server, ['--yaml', text])
  assert.match(await readFile(join(server.folder, 'old'), 'utf8'), /c4n4ry/)
  const ended = endOf(runner)
  runner.kill('SIGKILL')
  runner.stdin?.end()
  await ended
  // Somebody else has put another file there since: it is not ours to remove.
  await rm(join(server.folder, 'later'))
  await writeFile(join(server.folder, 'later'), 'of somebody')

  assert.equal((await runProgram('run', ['--yaml', 'A: x', 'true'], server)).exitCode, 0)
  assert.ok(!existsSync(join(server.folder, 'new')))
  assert.equal(await readFile(join(server.folder, 'old'), 'utf8'), 'precious')
  assert.equal(await readFile(join(server.folder, 'later'), 'utf8'), 'of somebody')
})

test('`file`: the folder that the system gives the user is taken if nobody else can enter it', async () => {
  await using server = await shop()
  const own = await mkdtemp('/dev/shm/run-files-')
  const exposed = await mkdtemp('/dev/shm/run-files-')
  const onDisk = await mkdtemp(join(tmpdir(), 'run-files-'))
  const linked = join(onDisk, 'link')
  symlinkSync(own, linked)
  chmodSync(exposed, 0o755)
  for (const [folder, isTaken] of [
    [own, true],
    [exposed, false],
    [linked, false],
    ['relative', false],
    ['/nowhere', false],
  ] as const) {
    const environment = { ...server.environment, XDG_RUNTIME_DIR: folder }
    const start: StandIn = { ...server, environment }
    const { runner, line } = await holding(start, ['--yaml', 'KEY: !var:file db/user'])
    assert.equal(line.startsWith(`${folder}/strongroom-`), isTaken, folder)
    assert.ok(line.startsWith('/dev/shm/'), folder)
    const ended = endOf(runner)
    runner.stdin?.end()
    await ended
    assert.ok(!existsSync(line))
  }
  for (const folder of [own, exposed, onDisk]) await rm(folder, { recursive: true })
})

test('@SUMMONENVFILE is a private file that goes with the command', async () => {
  await using server = await shop()
  const text = 'USER: !var db/user\nNOTE: a b'
  const show = 'cat "$1"; stat -c %a "$1"; echo "$1"'
  const argv = ['--yaml', text, 'sh', '-c', show, 'sh', '@SUMMONENVFILE']
  const { stdout } = await runProgram('run', argv, server)
  const [note, user, mode, path = ''] = stdout.split('\n')
  assert.deepEqual([note, user, mode], ['NOTE="a b"', 'USER=cart', '600'])
  assert.ok(!existsSync(path))
  const plain = await runProgram('run', ['--env-file-format', 'docker', ...argv], server)
  assert.match(plain.stdout, /^NOTE=a b\nUSER=cart\n/)
})

test('an env file that cannot carry a value starts nothing and leaves nothing', async () => {
  await using server = await shop()
  server.secrets.set('acme:variable:db/user', Buffer.from('two\nlines'))
  const own = await mkdtemp('/dev/shm/run-files-')
  const start = { ...server, environment: { ...server.environment, XDG_RUNTIME_DIR: own } }
  const argv = ['--env-file-format=kubectl', '--yaml', 'A: !var db/user\nB: !file x']
  const { exitCode, stderr } = await runProgram('run', [...argv, 'cat', '@SUMMONENVFILE'], start)
  assert.equal(exitCode, 127)
  assert.match(
    stderr,
    /the value for `A` has line breaks, which the env file cannot carry\n {2}give a file/,
  )
  assert.deepEqual(readdirSync(own), [])
  await rm(own, { recursive: true })
})
