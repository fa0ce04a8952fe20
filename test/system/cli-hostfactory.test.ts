import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProgram } from './program.ts'
import type { Seen, StandIn } from './stand-in-server.ts'
import { startStandIn } from './stand-in-server.ts'

const TOKEN = '1bfpyr3y41kb039ykpyf2hm87ez2dv9hdc3r5sh1n2h9z7j22mga2da'

const TOKENS = [{ expiration: '2050-12-31T00:00:00Z', cidr: ['10.0.0.0/8'], token: TOKEN }]

const HOST = {
  created_at: '2026-01-01T00:00:00.000+00:00',
  id: 'acme:host:web',
  owner: 'acme:host_factory:hf',
  permissions: [],
  annotations: [],
  api_key: 'k',
}

const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const run = (
  server: StandIn,
  argv: readonly string[],
  input?: string,
): ReturnType<typeof runProgram> =>
  runProgram('cli', ['hostfactory', ...argv], {
    ...server,
    ...(input === undefined ? {} : { input }),
  })

const lastOf = (server: StandIn): Seen => server.seen.at(-1) ?? assert.fail('nothing was asked')

/** A server that gives tokens, revokes them and makes hosts. */
async function startServer(): Promise<StandIn> {
  const server = await startStandIn()
  server.answer = ({ method, path }) => {
    if (path === '/host_factory_tokens') return [200, TOKENS]
    if (method === 'DELETE' && path === `/host_factory_tokens/${TOKEN}`) return [204]
    return path === '/host_factories/hosts' ? [201, HOST] : undefined
  }
  return server
}

/** How long the tokens that were asked for last are good, in minutes. */
function minutesOf(server: StandIn): number {
  const form = new URLSearchParams(lastOf(server).body.toString())
  return Math.round((Date.parse(form.get('expiration') ?? '') - Date.now()) / 60_000)
}

test('tokens are made for ten minutes unless said otherwise, and shown as JSON', async () => {
  await using server = await startServer()
  const made = await run(server, ['tokens', 'create', '-i', 'shop/hf'])
  assert.deepEqual(made, { exitCode: 0, signal: null, stdout: pretty(TOKENS), stderr: '' })
  const { method, path, headers, body } = lastOf(server)
  assert.deepEqual([method, path], ['POST', '/host_factory_tokens'])
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded')
  const { expiration, ...form } = Object.fromEntries(new URLSearchParams(body.toString()))
  assert.deepEqual(form, { host_factory: 'acme:host_factory:shop/hf', count: '1' })
  assert.ok(expiration !== undefined)
  assert.equal(minutesOf(server), 10)
})

test('count, addresses, uses and duration of tokens are said by flags', async () => {
  await using server = await startServer()
  const flags = ['-c', '10.0.0.0/8, ::1', '-n', '3', '--max-uses', '2', '--duration', '1h30m']
  const made = await run(server, ['tokens', 'create', '-i', 'acme:host_factory:hf', ...flags])
  assert.equal(made.exitCode, 0, made.stderr)
  const form = new URLSearchParams(lastOf(server).body.toString())
  assert.deepEqual(form.getAll('cidr[]'), ['10.0.0.0/8', '::1'])
  assert.deepEqual(
    [form.get('host_factory'), form.get('count'), form.get('max_uses')],
    ['acme:host_factory:hf', '3', '2'],
  )
  assert.equal(minutesOf(server), 90)
})

test('the flags and the word order of older clients are understood', async () => {
  await using server = await startServer()
  const parts = ['--duration-days', '2', '--duration-hours', '3', '--duration-minutes', '4']
  const made = await run(server, ['create', 'token', '--hostfactoryid', 'hf', ...parts])
  assert.equal(made.stdout, pretty(TOKENS))
  assert.equal(minutesOf(server), 51 * 60 + 4)
  const revoked = await run(server, ['revoke', 'token', '-t', TOKEN])
  assert.equal(revoked.stdout, 'Token has been revoked.\n')
  const host = await run(server, ['create', 'host', '-t', TOKEN, '-i', 'web'])
  assert.equal(host.stdout, pretty(HOST))
})

test('durations that contradict each other, are negative or none, and a missing factory are refused unasked', async () => {
  await using server = await startServer()
  for (const [flags, message] of [
    [[], 'Must specify --hostfactory-id'],
    [['-i', 'hf', '--duration-hours', '-10'], 'duration values must be positive'],
    [
      ['-i', 'hf', '--duration', '5m', '--duration-hours', '10'],
      'duration can not be used with duration-days, duration-hours or duration-minutes',
    ],
    [['-i', 'hf', '--duration', 'soon'], 'It must be a duration such as 10m or 1h30m.'],
    [['-i', 'hf', '--duration', ''], 'It must be a duration such as 10m or 1h30m.'],
  ] as const) {
    const refused = await run(server, ['tokens', 'create', ...flags])
    assert.equal(refused.exitCode, 2)
    assert.ok(refused.stderr.includes(message), refused.stderr)
  }
  assert.deepEqual(server.seen, [])
})

test('a token is revoked, and may come from the standard input', async () => {
  await using server = await startServer()
  for (const [argument, input] of [
    [TOKEN, ''],
    ['-', `${TOKEN}\n`],
  ] as const) {
    const revoked = await run(server, ['tokens', 'revoke', '-t', argument], input)
    assert.deepEqual(revoked, {
      exitCode: 0,
      signal: null,
      stdout: 'Token has been revoked.\n',
      stderr: '',
    })
    assert.equal(lastOf(server).path, `/host_factory_tokens/${TOKEN}`)
  }
})

test('a host is made by the token alone: nobody needs to be logged in', async () => {
  await using server = await startServer()
  const { CONJUR_AUTHN_LOGIN: _, CONJUR_AUTHN_API_KEY: __, ...environment } = server.environment
  const argv = ['hostfactory', 'hosts', 'create', '-t', '-', '-i', 'web']
  const made = await runProgram('cli', argv, { environment, input: `${TOKEN}\n` })
  assert.deepEqual(made, { exitCode: 0, signal: null, stdout: pretty(HOST), stderr: '' })
  assert.deepEqual(
    server.seen.map(({ path, body }) => [path, body.toString()]),
    [['/host_factories/hosts', 'id=web']],
  )
  assert.equal(lastOf(server).headers.authorization, `Token token="${TOKEN}"`)
})

test('`argv/env`: what the debug flag shows of a request holds no token', async () => {
  await using server = await startServer()
  const revoked = await run(server, ['tokens', 'revoke', '-d', '-t', TOKEN])
  assert.match(revoked.stderr, /^DELETE \/host_factory_tokens\/… 204$/m)
  assert.ok(!revoked.stderr.includes(TOKEN))
})

test('`startup-injection`: a token that is none is refused unasked, and not repeated', async () => {
  await using server = await startServer()
  for (const token of ['a"b', 'a/../b', 'a b', '']) {
    const refused = await run(server, ['hosts', 'create', '-i', 'x', '-t', '-'], token)
    assert.equal(refused.exitCode, 2)
    assert.equal(refused.stderr, 'strongroom: this is not a host factory token\n')
  }
  assert.deepEqual(server.seen, [])
})

test('the public keys of a user are printed as they are, to whoever asks', async () => {
  await using server = await startServer()
  const keys = 'ssh-rsa AAAA= laptop\nssh-ed25519 AAAA= phone\n'
  server.answer = ({ path }) =>
    path === '/public_keys/acme/user/al%2Fice' ? [200, keys] : undefined
  const { CONJUR_AUTHN_LOGIN: _, CONJUR_AUTHN_API_KEY: __, ...environment } = server.environment
  assert.deepEqual(await runProgram('cli', ['pubkeys', 'al/ice'], { environment }), {
    exitCode: 0,
    signal: null,
    stdout: keys,
    stderr: '',
  })
})
