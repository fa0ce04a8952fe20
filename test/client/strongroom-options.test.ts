import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { openStrongroom } from '#client/library.ts'
import type { StrongroomOptions } from '#client/library.ts'

const KEY = 'canary-key-2b9c'
const OPTIONS: StrongroomOptions = {
  url: 'https://vault.acme.example',
  account: 'acme',
  credentials: { kind: 'apiKey', login: 'host/app', key: KEY },
}

/** The message with which options are refused that a program without types may pass. */
function refusalOf(changes: Readonly<Record<string, unknown>>): string {
  try {
    openStrongroom({ ...OPTIONS, ...changes }).close()
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error)
    assert.equal(error.code, 'configuration', error.message)
    assert.doesNotMatch(inspect(error, { depth: 9 }), new RegExp(KEY))
    return error.message
  }
  return assert.fail(`taken: ${inspect(changes)}`)
}

test('options that lack something, are misspelt or are none are refused by name', () => {
  for (const [changes, expected] of [
    [{ url: undefined }, /`url` is missing/],
    [{ url: 'vault.acme.example' }, /not the URL of a server/],
    [{ url: 'https://user:word@vault' }, /no credentials/],
    [{ account: ' ' }, /`account` is missing/],
    [{ timeout: 5 }, /`timeout` is no option/],
    [{ timeoutMs: 0 }, /`timeoutMs`/],
    [{ timeoutMs: Number.NaN }, /`timeoutMs`/],
    [{ timeoutMs: '5' }, /`timeoutMs`/],
    [{ attempts: 0 }, /`attempts`/],
    [{ attempts: 1.5 }, /`attempts`/],
    [{ signal: {} }, /`signal`/],
    [{ ca: 'ca.pem' }, /`ca` holds no certificate/],
    [{ ca: { path: 'ca.pem' } }, /`ca` holds no certificate/],
    [{ ca: { file: '/nowhere/ca.pem' } }, /cannot read/],
    [{ pins: 'x' }, /`pins`/],
    [{ pins: [] }, /at least one pin/],
    [{ pins: ['00:11'] }, /is not a pin/],
    [{ pins: [`sha256/${'A'.repeat(44)}`] }, /is not a pin/],
  ] as const) {
    assert.match(refusalOf(changes), expected)
  }
  assert.throws(() => openStrongroom(JSON.parse('null') as StrongroomOptions), {
    code: 'configuration',
  })
})

test('credentials that lack something or have too much are refused without being shown', () => {
  for (const [credentials, expected] of [
    [undefined, /`credentials` is missing/],
    [{ login: 'x', key: KEY }, /kind of the credentials/],
    [{ kind: 'password', password: KEY }, /kind of the credentials/],
    [{ kind: 'toString', password: KEY }, /kind of the credentials/],
    [{ kind: 'apiKey', key: KEY }, /`credentials.login` is missing/],
    [{ kind: 'apiKey', login: 'x' }, /`credentials.key` is missing/],
    [{ kind: 'apiKey', login: 'x', key: { file: 'a', text: KEY } }, /`credentials.key`/],
    [{ kind: 'apiKey', login: 'x', key: KEY, token: KEY }, /`token` is no option/],
    [{ kind: 'jwt', token: KEY }, /`credentials.service` is missing/],
    [{ kind: 'jwt', service: 'kube', token: KEY, hostId: '' }, /`credentials.hostId`/],
    [{ kind: 'certificate', service: 'vm', certificate: KEY }, /`credentials.key` is missing/],
    [{ kind: 'token', token: '' }, /`credentials.token` is missing/],
    [{ kind: 'iam', service: 'prod' }, /`credentials.hostId` is missing/],
    [{ kind: 'iam', hostId: 'shop/cart' }, /`credentials.service` is missing/],
    [{ kind: 'azure', service: 'prod', hostId: 'a', clientId: 7 }, /`credentials.clientId`/],
    [{ kind: 'gcp', service: 'prod', hostId: 'a' }, /`service` is no option/],
  ] as const) {
    assert.match(refusalOf({ credentials }), expected)
  }
})

test('what protects over TLS alone is refused without it', () => {
  const url = 'http://vault.acme.example'
  const ca = '-----BEGIN CERTIFICATE-----'
  const credentials = { kind: 'certificate', service: 'vm', certificate: 'x', key: KEY }
  assert.match(refusalOf({ url, ca }), /`ca` can be used over https only/)
  assert.match(refusalOf({ url, pins: ['00'.repeat(32)] }), /`pins` can be used over https only/)
  assert.match(refusalOf({ url, credentials }), /a certificate can be used over https only/)
})

test('an option that is undefined is as good as none', () => {
  const nothing = {
    ca: undefined,
    pins: undefined,
    timeoutMs: undefined,
    attempts: undefined,
    signal: undefined,
  }
  // Types of programs that are less strict than ours allow it.
  openStrongroom({ ...OPTIONS, ...nothing } as unknown as StrongroomOptions).close()
})

test('a server that is opened shows nothing of its credentials, however it is looked at', () => {
  const strongroom = openStrongroom(OPTIONS)
  const shown = inspect(strongroom, { depth: 99, showHidden: true, getters: true })
  assert.match(shown, /acme/)
  assert.doesNotMatch(shown + JSON.stringify(strongroom), new RegExp(KEY))
  strongroom.close()
})

test('programs without types are told what is no id and no value, before anything is sent', async () => {
  const strongroom = openStrongroom(OPTIONS)
  const nothing = JSON.parse('null') as string
  const refused = { code: 'argument_error', status: undefined }
  await assert.rejects(strongroom.secret(nothing), refused)
  await assert.rejects(strongroom.secret(''), refused)
  await assert.rejects(strongroom.secrets('db/password' as unknown as string[]), refused)
  await assert.rejects(strongroom.readableSecrets([nothing]), refused)
  await assert.rejects(strongroom.setSecret('a', nothing), refused)
  await assert.rejects(strongroom.setSecret('a', `${KEY}\uD800`), (error: Error) => {
    assert.doesNotMatch(inspect(error), new RegExp(KEY))
    return true
  })
  assert.throws(() => strongroom.watch([nothing]), refused)
  assert.throws(() => strongroom.watch(['a'], { intervalMs: 1 }), { code: 'configuration' })
  assert.deepEqual(await strongroom.secrets([]), new Map())
  strongroom.close()
})

test('a server that is closed, or whose signal is aborted before, refuses everything as closed', async () => {
  const closed = { name: 'StrongroomError', code: 'closed' }
  const strongroom = openStrongroom(OPTIONS)
  strongroom.close()
  strongroom.close()
  await assert.rejects(strongroom.whoami(), closed)
  assert.deepEqual(await strongroom.watch(['a']).next(), { done: true, value: undefined })
  const never = openStrongroom({ ...OPTIONS, signal: AbortSignal.abort() })
  await assert.rejects(never.secret('a'), closed)
})
