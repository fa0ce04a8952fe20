import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { childrenOf, eventually, isAlive, mustHavePostmaster, signalTo } from './processes.ts'
import { tutorialHome } from './tutorial-home.ts'

test('Ctrl-C is for the command that runs, and at the prompt leaves; so does Ctrl-D', async () => {
  await using home = await tutorialHome()
  for (const key of ['\u0003', '\u0004']) {
    const dialogue = await home.open()
    await dialogue.until('look-around> ')
    dialogue.type('echo started; sleep 60')
    await dialogue.until('started\n')
    dialogue.press('\u0003')
    await dialogue.until('look-around> ')
    dialogue.type('strongroom list')
    await dialogue.until('policy:root')
    await dialogue.until('look-around> ')
    dialogue.press('not meant')
    await dialogue.until('not meant')
    dialogue.press('\u0003')
    dialogue.press(key)
    assert.deepEqual(await dialogue.ended, { exitCode: 0, signal: null })
    await home.nothingLeft()
  }
})

test('SIGTERM ends the tutorial and all that it started, at the prompt and within a command', async () => {
  await using home = await tutorialHome()
  for (const line of ['', 'echo started; exec sleep 60']) {
    const dialogue = await home.open()
    await dialogue.until('look-around> ')
    if (line !== '') {
      dialogue.type(line)
      await dialogue.until('started\n')
    }
    signalTo(dialogue.pid, 'SIGTERM')
    assert.equal((await dialogue.ended).exitCode, 128 + 15)
    await home.nothingLeft()
  }
})

test('a tutorial without a person is stopped by a signal at any moment, and goes on later', async () => {
  await using home = await tutorialHome()
  for (const [signal, moment] of [
    ['SIGTERM', 'Everything is in one folder'],
    ['SIGINT', 'policy load'],
  ] as const) {
    const child = spawn(process.execPath, home.words([]), {
      env: home.environment,
      stdio: 'pipe',
      detached: true,
    })
    let shown = ''
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString()
      if (shown.includes(moment)) child.kill(signal)
    })
    const end = await new Promise((done) => child.once('close', (...parts) => done(parts)))
    assert.deepEqual(end, [null, signal], shown)
    await home.nothingLeft()
  }
  const { exitCode, stdout } = await home.run(['--yes'])
  assert.equal(exitCode, 0, stdout)
  assert.match(stdout, /go on where you left: at step 2 of 10/)
})

test('a tutorial that is killed leaves nothing running, and goes on where it was', async () => {
  await using home = await tutorialHome()
  const first = await home.open()
  await first.until('look-around> ')
  first.type('strongroom whoami')
  await first.until('policy> ')
  signalTo(first.pid, 'SIGKILL')
  await first.ended
  await home.nothingLeft()
  const second = await home.open()
  await second.until('policy> ')
  second.type('quit')
  assert.equal((await second.ended).exitCode, 0)
})

test('a tutorial that is killed together with its server finds the database that they left', async () => {
  await using home = await tutorialHome()
  const first = await home.open()
  await first.until('look-around> ')
  first.type('skip')
  await first.until('policy> ')
  const database = mustHavePostmaster(home.data)
  const server = childrenOf(first.pid)
  assert.equal(server.length, 1)
  for (const pid of [first.pid, ...server]) signalTo(pid, 'SIGKILL')
  await first.ended
  assert.ok(isAlive(database))
  const { exitCode, stdout } = await home.run(['--yes'])
  assert.equal(exitCode, 0, stdout)
  assert.match(stdout, /at step 2 of 10/)
  assert.ok(!isAlive(database))
})

test('a server that dies ends the tutorial with word of it, and the next start goes on', async () => {
  await using home = await tutorialHome()
  const first = await home.open()
  await first.until('look-around> ')
  const [server = assert.fail('there is no server')] = childrenOf(first.pid)
  signalTo(server, 'SIGKILL')
  await eventually('the server is gone', 10_000, () => !isAlive(server) || undefined)
  first.type('strongroom whoami')
  await first.until('strongroom: the server of the tutorial has ended')
  assert.equal((await first.ended).exitCode, 9)
  assert.equal((await home.run(['--yes'])).exitCode, 0)
})
