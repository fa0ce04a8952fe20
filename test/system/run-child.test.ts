import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { endOf, programArguments, runProgram, shellLine, startProgram } from './program.ts'

const environment = { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' }

const runLiteral = (...command: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram('run', ['--yaml', 'A: text', '--', ...command], { environment })

test('the exit code is that of the command', async () => {
  for (const code of [0, 3, 126, 127, 255]) {
    const { exitCode, stderr } = await runLiteral('sh', '-c', `exit ${code}`)
    assert.equal(exitCode, code)
    assert.equal(stderr, '')
  }
})

test('a command that a signal ended gives 128 and the number of the signal', async () => {
  for (const [signal, code] of [
    ['KILL', 137],
    ['TERM', 143],
    ['INT', 130],
    ['SEGV', 139],
  ] as const) {
    assert.equal((await runLiteral('sh', '-c', `kill -${signal} $$`)).exitCode, code, signal)
  }
})

test('a command that is not there gives 127, one that cannot be run 126', async () => {
  assert.deepEqual(await runLiteral('no-such-command'), {
    exitCode: 127,
    signal: null,
    stdout: '',
    stderr: 'strongroom: exec: "no-such-command": executable file not found in $PATH\n',
  })
  const { exitCode, stderr } = await runLiteral('/')
  assert.equal(exitCode, 126)
  assert.equal(stderr, 'strongroom: exec: "/": permission denied\n')
})

test('a folder of the path that may not be entered hides no command, and a file there that is no program is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-child-'))
  const [closed, open] = [join(folder, 'closed'), join(folder, 'open')]
  await mkdir(closed, { mode: 0o000 })
  await mkdir(open)
  await writeFile(join(open, 'no-program'), '', { mode: 0o644 })
  const runHere = (command: string): ReturnType<typeof runProgram> =>
    runProgram('run', ['--yaml', 'A: a', command], {
      environment: { ...environment, PATH: `${closed}:${open}` },
    })
  assert.equal((await runHere('no-such-command')).exitCode, 127)
  assert.equal((await runHere('no-program')).exitCode, 126)
  await rm(folder, { recursive: true })
})

test('a value that is too large for the environment is said to be so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-child-'))
  await writeFile(join(folder, 'secrets.yml'), `A: ${'x'.repeat(200_000)}`)
  const { exitCode, stderr } = await runProgram('run', ['true'], { environment, folder })
  assert.equal(exitCode, 126)
  assert.match(stderr, /the environment is too large for a new process\n {2}give the child files/)
  await rm(folder, { recursive: true })
})

test('the command has our streams, its arguments and its environment', async () => {
  const start = { environment: { ...environment, KEPT: 'kept' }, input: 'in' }
  const argv = [
    '--yaml',
    'A: a b',
    'sh',
    '-c',
    'cat; echo " $A $KEPT $1"; echo err >&2',
    'sh',
    '--x',
  ]
  assert.deepEqual(await runProgram('run', argv, start), {
    exitCode: 0,
    signal: null,
    stdout: 'in a b kept --x\n',
    stderr: 'err\n',
  })
})

test('our own failures end with 127 on the standard error stream, and start nothing', async () => {
  for (const [argv, message] of [
    [[], 'Enter a subprocess to run!'],
    [['--frob', 'echo', 'x'], 'the flag `--frob` is not known'],
    [['-f', 'gone.yml', 'echo', 'x'], 'there is no file `gone.yml`'],
    [
      ['--yaml', 'A: $x', 'echo', 'x'],
      'Unable to parse configuration from inline YAML: variable `x` not declared',
    ],
    [
      ['--yaml', 'A: !var x', 'echo', 'x'],
      'Must specify an ApplianceURL -- Must specify an Account',
    ],
  ] as const) {
    const { exitCode, stdout, stderr } = await runProgram('run', argv, { environment })
    assert.equal(exitCode, 127)
    assert.equal(stdout, '')
    assert.equal(stderr.split('\n')[0], `strongroom: ${message}`)
  }
})

test('help and the version go to the standard output', async () => {
  const help = await runProgram('run', ['--help'], { environment })
  assert.equal(help.exitCode, 0)
  assert.match(help.stdout, /^Usage: strongroom run /)
  assert.match((await runProgram('run', ['-v'], { environment })).stdout, /^\d+\.\d+\.\d+\n$/)
})

/** A command that says the name of each signal that it gets, and ends with 7 after SIGTERM. */
const LISTENER = `
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH', 'SIGCONT']) {
  process.on(signal, () => {
    console.log(signal)
    if (signal === 'SIGTERM') process.exit(7)
  })
}
setInterval(() => {}, 1000)
console.log('runner', process.ppid)
`

const listening = ['--yaml', 'A: !file text', process.execPath, '-e', LISTENER]

/** The lines that a program prints, one at a time. */
function linesOf(stream: Readable | null): () => Promise<string> {
  if (stream === null) throw new Error('no pipe')
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]()
  return async () => String((await lines.next()).value)
}

test('signals reach the command, once each, and its end is awaited', async () => {
  const runner = startProgram('run', listening, { environment })
  const next = linesOf(runner.stdout)
  assert.equal(await next(), `runner ${runner.pid}`)
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'] as const) {
    runner.kill(signal)
    assert.equal(await next(), signal)
  }
  const ended = endOf(runner)
  runner.kill('SIGTERM')
  assert.equal(await next(), 'SIGTERM')
  assert.equal((await ended).exitCode, 7)
})

test('SIGTSTP stops the command and the runner, and SIGCONT lets both go on', async () => {
  const runner = startProgram('run', listening, { environment })
  const next = linesOf(runner.stdout)
  await next()
  const pid = runner.pid ?? assert.fail()
  runner.kill('SIGTSTP')
  await stateBecomes(pid, 'T')
  runner.kill('SIGCONT')
  assert.equal(await next(), 'SIGCONT')
  const ended = endOf(runner)
  runner.kill('SIGTERM')
  assert.equal((await ended).exitCode, 7)
})

test('what a terminal sends to its foreground reaches the command once, not twice', async () => {
  // script(1) gives the runner a terminal of its own, on which we type.
  const line = shellLine([process.execPath, ...programArguments('run', listening)])
  const script = spawn('script', ['-qefc', line, '/dev/null'], {
    env: { ...environment, TERM: 'dumb', SHELL: '/bin/sh' },
    detached: true,
  })
  const next = linesOf(script.stdout)
  const runner = Number((await next()).trim().split(' ')[1])
  script.stdin.write('\u0003')
  assert.match(await next(), /SIGINT/)
  // The runner handles signals in the order of their arrival: were SIGINT forwarded, it would come first.
  process.kill(runner, 'SIGUSR2')
  assert.equal((await next()).trim(), 'SIGUSR2')
  const ended = endOf(script)
  process.kill(runner, 'SIGTERM')
  assert.equal((await ended).exitCode, 7)
})

test('`argv/env`: a secret is neither in an argument nor in the environment of the runner', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-child-'))
  await writeFile(join(folder, 'secrets.yml'), 'A: c4n4ry')
  const runner = startProgram('run', [process.execPath, '-e', LISTENER], { environment, folder })
  await linesOf(runner.stdout)()
  for (const file of ['cmdline', 'environ']) {
    assert.ok(!(await readFile(`/proc/${runner.pid}/${file}`, 'utf8')).includes('c4n4ry'), file)
  }
  const ended = endOf(runner)
  runner.kill('SIGTERM')
  await ended
  await rm(folder, { recursive: true })
})

/** Waits, by looking again and again, until the kernel shows a process in a state. */
async function stateBecomes(pid: number, state: string): Promise<void> {
  for (;;) {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8')
    if (line.slice(line.lastIndexOf(')') + 2).startsWith(state)) return
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
