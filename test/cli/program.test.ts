import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { runCli } from '#cli/program.ts'
import { openTerminal } from '#cli/terminal.ts'

interface Transcript {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

async function transcript(...argv: readonly string[]): Promise<Transcript> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const exitCode = await runCli(argv, {
    environment: {},
    home: '/nowhere',
    version: '1.2.3',
    stdin: new PassThrough().end(),
    stdout,
    stderr,
  })
  stdout.end()
  stderr.end()
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) }
}

test('help lists every program and command', async () => {
  const { exitCode, stdout, stderr } = await transcript('--help')
  assert.equal(exitCode, 0)
  assert.equal(stderr, '')
  for (const name of [
    'server',
    'run',
    'init',
    'login',
    'logout',
    'whoami',
    'policy',
    'variable',
    'list',
    'check',
    'authenticator',
    'hostfactory',
    'pubkeys',
    'audit',
  ]) {
    assert.match(stdout, new RegExp(`^  ${name}\\b.*\\w`, 'm'), name)
  }
})

test('the version goes to the standard output', async () => {
  assert.deepEqual(await transcript('--version'), { exitCode: 0, stdout: '1.2.3\n', stderr: '' })
})

test('a command line that makes no sense ends with 2 and one message', async () => {
  for (const [argv, message] of [
    [['frob'], "unknown command 'frob'"],
    [['whoami', '--frob'], "unknown option '--frob'"],
    [['policy', 'load', '-b', 'root'], "required option '-f, --file <file>' not specified"],
    [
      ['list', '--limit', 'x'],
      "option '-l, --limit <number>' argument 'x' is invalid. It must be a whole number.",
    ],
    [
      ['whoami', '--timeout', '9h'],
      "option '--timeout <duration>' argument '9h' is invalid. It must be a duration from 1s to 10m.",
    ],
    [
      ['audit', '--result', 'x'],
      "option '--result <result>' argument 'x' is invalid. Allowed choices are success, failure.",
    ],
    [['variable', 'set', '-i', 'x'], 'must specify exactly one of --value or --file'],
    [
      ['variable', 'get', '-i', 'a,b', '-v', '1'],
      'version can not be used with multiple variables',
    ],
    [
      ['init', '-u', 'https://x', '-a', 'b', '-i', '-s'],
      'Cannot specify both --insecure and --self-signed',
    ],
    [
      ['init', '-u', 'https://x', '-a', 'b', '-c', 'f', '-s'],
      'Cannot specify --ca-cert when using --insecure or --self-signed',
    ],
    [
      ['init', '-u', 'http://x', '-a', 'b'],
      'Cannot fetch certificate from non-HTTPS URL http://x:80',
    ],
    [['init', '-a', 'b'], 'URL is missing: give it with -u'],
  ] as const) {
    const { exitCode, stdout, stderr } = await transcript(...argv)
    assert.equal(exitCode, 2, stderr)
    assert.equal(stdout, '')
    assert.equal(stderr.split('\n')[0], `strongroom: ${message}`)
  }
})

function pretendTerminal(): {
  readonly stdin: PassThrough & { isTTY: boolean }
  readonly stderr: PassThrough
} {
  return { stdin: Object.assign(new PassThrough(), { isTTY: true }), stderr: new PassThrough() }
}

test('`argv/env`: a hidden answer is not shown', async () => {
  const { stdin, stderr } = pretendTerminal()
  const answer = openTerminal({ stdin, stderr })?.askHidden('Password: ')
  stdin.write('c4n4ry\r')
  assert.equal(await answer, 'c4n4ry')
  stderr.end()
  assert.equal(await text(stderr), 'Password: \n')
})

test('Ctrl-C and Ctrl-D refuse to answer', async () => {
  for (const key of ['\u0003', '\u0004']) {
    const { stdin, stderr } = pretendTerminal()
    const answer = openTerminal({ stdin, stderr })?.ask('Id: ')
    stdin.write(key)
    await assert.rejects(answer ?? Promise.resolve(), {
      code: 'usage',
      message: 'no answer was given',
    })
  }
})

test('a program is never asked', () => {
  assert.equal(openTerminal({ stdin: new PassThrough(), stderr: new PassThrough() }), undefined)
})
