import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  LAPTOP,
  PHONE,
  RECOVERY_CODE,
  SECRET,
  sent,
  startMfaServer,
  TAPPED,
} from './mfa-stand-in.ts'
import { runOnTerminal, runProgram, startProgram, transcriptOf } from './program.ts'
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

test('an authenticator app is added: its address, secret and QR code are shown, and a code of it confirms it', async () => {
  await using server = await startMfaServer()
  const { exitCode, screen } = await onTerminal(
    server,
    ['mfa', 'add', 'totp', '--name', 'phone'],
    [
      ['Code that the app shows: ', '000000'],
      ['Code that the app shows: ', '123 456'],
    ],
  )
  assert.equal(exitCode, 0, screen)
  assert.deepEqual(sent(server, '/factors/totp'), [{ name: 'phone' }])
  assert.ok(screen.includes(`otpauth://totp/acme:admin?secret=${SECRET}&issuer=acme\r\n`))
  assert.ok(screen.includes('Secret: CANA RYJB SWY3 DPEH PK3P XP\r\n'))
  assert.match(screen, /▄▄▄▄▄/)
  assert.ok(screen.includes('Added phone (1f0c)\r\n\r\nRecovery codes: '))
  assert.ok(screen.endsWith(`  ${RECOVERY_CODE}\r\n  e1ev-en00\r\n`), screen)
})

test('without a terminal the code of the app is the standard input, and its data are JSON when asked for', async () => {
  await using server = await startMfaServer(LAPTOP)
  const argv = ['mfa', 'add', 'totp', '--output', 'json']
  const end = await run(server, argv, { input: ' 123 456 \n' })
  assert.deepEqual(
    [end.exitCode, JSON.parse(end.stdout)],
    [0, { factor: PHONE, recovery_codes: null }],
  )
  assert.equal(
    end.stderr,
    `otpauth://totp/acme:admin?secret=${SECRET}&issuer=acme\nSecret: CANA RYJB SWY3 DPEH PK3P XP\n`,
  )
  assert.deepEqual(sent(server, '/factors/totp'), [{}])
  const refused = await run(server, argv, { input: '000000\n' })
  assert.deepEqual([refused.exitCode, refused.stdout], [4, ''])
  assert.equal((await run(server, argv, { input: '\n' })).exitCode, 2)
})

/** Runs a command, with a browser of the test's that does `visit` where the ceremony sends it. */
async function withBrowser(
  server: StandIn,
  argv: readonly string[],
  visit: (callback: URL) => Promise<unknown>,
): Promise<Transcript> {
  const environment = { ...server.environment, BROWSER: 'true' }
  const child = startProgram('cli', [...argv, '--debug'], { environment })
  const end = transcriptOf(child)
  await new Promise<void>((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (/^https:\/\/strongroom\.test\/mfa#acme\/\w+\n/m.test(said)) resolve()
    })
  })
  const [order] = sent(server, '/passkey-ceremonies')
  const callback = new URL(`http://127.0.0.1:${Number(order?.['callback_port'])}/callback`)
  assert.match(String(order?.['state']), /^[\w-]{32}$/)
  callback.searchParams.set('state', String(order?.['state']))
  await visit(callback)
  return end
}

const withCode = (callback: URL, code: string): URL => {
  const url = new URL(callback)
  url.searchParams.set('code', code)
  return url
}

test('a passkey is added and proven in a browser on this machine, and ended by the token that began it', async () => {
  await using server = await startMfaServer()
  const added = await withBrowser(server, ['mfa', 'add', 'passkey'], async (callback) => {
    const page = await fetch(withCode(callback, TAPPED))
    assert.equal(
      await page.text(),
      'The passkey was used. You may close this window and return to the terminal.\n',
    )
  })
  assert.equal(added.exitCode, 0, added.stderr)
  assert.match(added.stdout, /^Added laptop \(2a7e\)\n/)
  assert.match(added.stderr, /in a browser on this machine:\n/)
  const [order] = sent(server, '/passkey-ceremonies')
  assert.deepEqual([order?.['purpose'], order?.['name']], ['enrolment', 'passkey'])
  server.seen.splice(0)
  const proven = await withBrowser(server, ['mfa', 'verify', '--passkey'], (callback) =>
    fetch(withCode(callback, TAPPED)),
  )
  assert.equal(proven.exitCode, 0, proven.stderr)
  assert.match(proven.stdout, /"signature"/)
})

test('`passkey-callback`: a visit that does not know the state changes nothing, and a refusal ends it with 4', async () => {
  await using server = await startMfaServer(LAPTOP)
  const end = await withBrowser(server, ['mfa', 'verify', '--passkey'], async (callback) => {
    const stranger = withCode(callback, TAPPED)
    stranger.searchParams.set('state', 'x')
    assert.equal((await fetch(stranger)).status, 404)
    callback.searchParams.set('error', 'access_denied')
    assert.equal((await fetch(callback)).status, 403)
  })
  assert.equal(end.exitCode, 4)
  assert.match(end.stderr, /strongroom: the passkey was not used: access_denied\n$/)
  assert.deepEqual(sent(server, '/passkey-ceremonies/verification/completion'), [])
})

test('with --remote the page shows a code, which is typed here', async () => {
  await using server = await startMfaServer(LAPTOP)
  const code = await onTerminal(
    server,
    ['mfa', 'verify', '--remote'],
    [
      ['Code that the page shows: ', 'guessed'],
      ['Code that the page shows: ', TAPPED],
    ],
  )
  assert.equal(code.exitCode, 0, code.screen)
  assert.ok(!code.screen.includes(TAPPED))
  assert.deepEqual(sent(server, '/passkey-ceremonies'), [{ purpose: 'verification' }])
  const added = await run(server, ['mfa', 'add', 'passkey', '--name', 'laptop', '--remote'], {
    input: 'tapped\n',
  })
  assert.deepEqual([added.exitCode, added.stdout], [0, 'Added laptop (2a7e)\n'])
})

test('factors are listed, removed and reset, and recovery codes renewed', async () => {
  await using server = await startMfaServer(PHONE, LAPTOP)
  const listed = await run(server, ['mfa', 'list'])
  assert.deepEqual(JSON.parse(listed.stdout), { factors: [PHONE, LAPTOP], recovery_codes_left: 9 })
  const table = await run(server, ['mfa', 'list', '--output', 'table'])
  assert.match(
    table.stdout,
    /^ID +KIND +NAME +CREATED_AT +LAST_USED_AT\n1f0c +totp +phone .*\n.*\n\nrecovery codes left: 9\n$/,
  )
  const removed = await run(server, ['mfa', 'remove', '1f0c'])
  assert.deepEqual([removed.exitCode, removed.stdout], [0, "The factor '1f0c' was removed\n"])
  assert.equal((await run(server, ['mfa', 'remove', '../recovery-codes'])).exitCode, 6)
  const renewed = await run(server, ['mfa', 'recovery-codes'])
  assert.ok(renewed.stdout.endsWith(`\n  ${RECOVERY_CODE}\n`))
  const asked = await run(server, ['mfa', 'reset', 'alice'])
  assert.deepEqual([asked.exitCode, asked.stdout], [2, ''])
  const reset = await run(server, ['mfa', 'reset', 'alice', '--force'])
  assert.deepEqual(
    [reset.exitCode, reset.stdout],
    [0, "The second factors of 'alice' were removed\n"],
  )
  assert.deepEqual([...(server.seen.at(-1)?.query ?? [])], [['role', 'acme:user:alice']])
})

test('who is logged in by a token stays so after the removal of a factor, which ended that token', async () => {
  await using server = await startMfaServer(PHONE)
  const netrc = join(server.folder, '.netrc')
  const environment = {
    ...server.environment,
    CONJUR_AUTHN_LOGIN: '',
    CONJUR_AUTHN_API_KEY: '',
    CONJUR_AUTHN_TYPE: 'oidc',
    CONJUR_SERVICE_ID: 'okta',
  }
  const entry = `machine ${server.url}/authn-oidc/okta\n  login [oidc]\n`
  await writeFile(netrc, `${entry}  password ${server.issue('admin')}\n`, { mode: 0o600 })
  const before = await readFile(netrc, 'utf8')
  const removed = await runProgram('cli', ['mfa', 'remove', '1f0c'], { environment })
  assert.deepEqual([removed.exitCode, removed.stderr], [0, ''])
  const after = await readFile(netrc, 'utf8')
  assert.ok(after.startsWith(entry) && after !== before, after)
  assert.equal((await runProgram('cli', ['whoami'], { environment })).exitCode, 0)

  await writeFile(netrc, before)
  const given = { ...environment, CONJUR_AUTHN_TOKEN: server.issue('admin') }
  await runProgram('cli', ['mfa', 'remove', '1f0c'], { environment: given })
  assert.equal(await readFile(netrc, 'utf8'), before)
})
