import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CODE,
  DEMAND,
  LAPTOP,
  PHONE,
  RECOVERY_CODE,
  sent,
  startMfaServer,
  VALUE,
} from './mfa-stand-in.ts'
import { runOnTerminal, runProgram } from './program.ts'
import type { Screen, Transcript, TypedAnswer } from './program.ts'
import type { StandIn } from './stand-in-server.ts'

const run = (
  server: StandIn,
  argv: readonly string[],
  { input = '', ...environment }: { readonly input?: string } & Record<string, string> = {},
): Promise<Transcript> =>
  runProgram('cli', argv, { environment: { ...server.environment, ...environment }, input })

const onTerminal = (
  server: StandIn,
  argv: readonly string[],
  answers: readonly TypedAnswer[],
): Promise<Screen> => runOnTerminal('cli', argv, server.environment, answers)

const QUESTION = 'Code of your authenticator app: '

test('on a terminal a command that is answered with the demand for a factor asks for a code and goes on', async () => {
  await using server = await startMfaServer(PHONE)
  const { exitCode, screen } = await onTerminal(
    server,
    ['variable', 'get', '-i', 'db'],
    [
      [QUESTION, '000 000'],
      [QUESTION, '123 456'],
    ],
  )
  assert.deepEqual([exitCode, screen.trimEnd().split('\r\n').at(-1)], [0, VALUE])
  assert.ok(screen.startsWith(`strongroom: ${DEMAND}\r\n${QUESTION}`), screen)
  assert.match(screen, /the code is not right; try again/)
  for (const typed of ['123', '456', '000']) assert.ok(!screen.includes(typed), screen)
  assert.deepEqual(sent(server, '/verification'), [{ code: '000000' }, { code: CODE }])
})

test('after three wrong codes the command gives up with 4', async () => {
  await using server = await startMfaServer(PHONE)
  const { exitCode, screen } = await onTerminal(
    server,
    ['variable', 'get', '-i', 'db'],
    Array.from({ length: 4 }, () => [QUESTION, '000000'] as const),
  )
  assert.equal(exitCode, 4)
  assert.match(screen, /strongroom: the code is not right\r\n$/)
  assert.equal(sent(server, '/verification').length, 3)
})

test('without a terminal the same command ends with 11 and says what to do', async () => {
  await using server = await startMfaServer(PHONE)
  const end = await run(server, ['variable', 'get', '-i', 'db'], { input: `${CODE}\n` })
  assert.deepEqual([end.exitCode, end.stdout], [11, ''])
  assert.match(
    end.stderr,
    /^strongroom: `execute` on .* demands a second factor\n {2}run it with a terminal as its input, with a code in STRONGROOM_MFA_CODE, or with the token of `strongroom mfa verify` in CONJUR_AUTHN_TOKEN\n$/,
  )
  assert.deepEqual(sent(server, '/verification'), [])
})

/** A token as the stand-in knows it again. */
const onOneLine = (json: string): string => JSON.stringify(JSON.parse(json))

test('a script gives a code, or a token that was had by one', async () => {
  await using server = await startMfaServer(PHONE)
  const argv = ['variable', 'get', '-i', 'db']
  const byCode = await run(server, argv, { STRONGROOM_MFA_CODE: '123 456' })
  assert.deepEqual([byCode.exitCode, byCode.stdout, byCode.stderr], [0, `${VALUE}\n`, ''])
  const wrongCode = await run(server, argv, { STRONGROOM_MFA_CODE: '654321' })
  assert.deepEqual([wrongCode.exitCode, wrongCode.stdout], [4, ''])
  assert.deepEqual(sent(server, '/verification'), [{ code: CODE }, { code: '654321' }])

  const token = await run(server, ['mfa', 'verify'], { input: '123 456\n' })
  assert.deepEqual([token.exitCode, token.stderr], [0, ''])
  const byToken = await run(server, argv, { CONJUR_AUTHN_TOKEN: onOneLine(token.stdout) })
  assert.deepEqual([byToken.exitCode, byToken.stdout], [0, `${VALUE}\n`])
})

test('what demands no factor asks for none, whatever the environment holds', async () => {
  await using server = await startMfaServer(PHONE)
  const end = await run(server, ['variable', 'get', '-i', 'other'], { STRONGROOM_MFA_CODE: CODE })
  assert.equal(end.stdout, '0ther\n')
  assert.deepEqual(sent(server, '/verification'), [])
})

test('strongroom run asks on the terminal before the command starts', async () => {
  await using server = await startMfaServer(PHONE)
  const argv = ['--yaml', 'PASSWORD: !var db', '--', 'sh', '-c', 'echo "it is $PASSWORD"']
  const { exitCode, screen } = await runOnTerminal('run', argv, server.environment, [
    [QUESTION, CODE],
  ])
  assert.deepEqual([exitCode, screen.trimEnd().split('\r\n').at(-1)], [0, `it is ${VALUE}`])
  const environment = server.environment
  const alone = await runProgram('run', argv, { environment, input: `${CODE}\n` })
  assert.deepEqual([alone.exitCode, alone.stdout], [127, ''])
  assert.match(alone.stderr, /demands a second factor\n {2}run it with a terminal as its input/)
  const byCode = await runProgram('run', argv, {
    environment: { ...environment, STRONGROOM_MFA_CODE: CODE },
  })
  assert.deepEqual([byCode.exitCode, byCode.stdout], [0, `it is ${VALUE}\n`])
})

test('strongroom run asks for no factor while the command has the terminal', async () => {
  await using server = await startMfaServer(PHONE)
  server.readsLeft = 1
  const flags = ['--watch', '--watch-interval', '100ms', '--yaml', 'PASSWORD: !var db']
  const argv = [...flags, '--', 'sh', '-c', 'read typed; echo "the command read $typed"']
  const { exitCode, screen } = await runOnTerminal('run', argv, server.environment, [
    [QUESTION, CODE],
    ['in CONJUR_AUTHN_TOKEN\r\n', 'this'],
  ])
  assert.deepEqual([exitCode, screen.split(QUESTION).length], [0, 2], screen)
  assert.match(screen, /the command read this\r\n$/)
})

test('`fallback`: what took a second factor is not kept for the time when the server does not answer', async () => {
  await using server = await startMfaServer(PHONE)
  const argv = ['--fallback', '--yaml', 'PASSWORD: !var db', '--', 'sh', '-c', 'echo "$PASSWORD"']
  const environment = { ...server.environment, STRONGROOM_MFA_CODE: CODE }
  const first = await runProgram('run', argv, { environment })
  assert.deepEqual([first.exitCode, first.stdout], [0, `${VALUE}\n`])
  assert.match(first.stderr, /^strongroom: nothing is kept for --fallback: a second factor /)
  server.answer = () => 'drop'
  const second = await runProgram('run', argv, { environment })
  assert.deepEqual([second.exitCode, second.stdout], [127, ''])
})

test('who has a passkey may take it when a command is answered with the demand', async () => {
  await using server = await startMfaServer(PHONE, LAPTOP)
  const question = 'Code of your authenticator app, or Enter to use a passkey: '
  const { exitCode, screen } = await onTerminal(
    server,
    ['variable', 'get', '-i', 'db'],
    [[question, RECOVERY_CODE]],
  )
  assert.deepEqual([exitCode, screen.trimEnd().split('\r\n').at(-1)], [0, VALUE])
  assert.deepEqual(sent(server, '/verification'), [{ recovery_code: RECOVERY_CODE }])
})

test('who has no factor is told how to add one', async () => {
  await using server = await startMfaServer()
  const { exitCode, screen } = await onTerminal(server, ['variable', 'get', '-i', 'db'], [])
  assert.equal(exitCode, 11)
  assert.match(screen, /you have no second factor\r\n {2}add one with `strongroom mfa add totp`/)
})

test('`error-canary`: --debug shows neither codes nor secrets nor tokens of a factor', async () => {
  await using server = await startMfaServer(PHONE)
  const argv = ['variable', 'get', '-i', 'db', '--debug']
  const end = await run(server, argv, { STRONGROOM_MFA_CODE: CODE })
  assert.match(end.stderr, /POST \/mfa\/acme\/verification 200\n/)
  for (const secret of [CODE, 'slosilo', 'signature', VALUE]) {
    assert.ok(!end.stderr.includes(secret), secret)
  }
})
