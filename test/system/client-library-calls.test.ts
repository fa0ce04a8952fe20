import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdir, readlink, rename, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { openStrongroom } from '#client/library.ts'
import type { Credentials, Strongroom, StrongroomOptions } from '#client/library.ts'
import { freePort } from './processes.ts'
import { portOf, startStandIn } from './stand-in-server.ts'
import type { Reply, StandIn } from './stand-in-server.ts'

const ADMIN: Credentials = { kind: 'apiKey', login: 'admin', key: 'admin-key' }

const open = (server: StandIn, more: Partial<StrongroomOptions> = {}): Strongroom =>
  openStrongroom({
    url: server.url,
    account: 'acme',
    credentials: ADMIN,
    ca: server.certPem,
    ...more,
  })

/** How many requests of a server had a path like this. */
const count = (server: StandIn, path: RegExp): number =>
  server.seen.filter((seen) => path.test(seen.path)).length

/** Replies in this order, and then as the server does; to authentication always as the server does. */
function reply(server: StandIn, ...replies: (Reply | 'drop' | undefined)[]): void {
  server.answer = (seen) => (seen.path.includes('/authn') ? undefined : replies.shift())
}

test('100 calls that find no token, or a refused one, share one authentication', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from('1'))
  await using strongroom = open(server)
  const calls = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 100 }, () => strongroom.secret('a')))
  await calls()
  assert.equal(count(server, /authenticate$/), 1)
  server.revoke()
  await calls()
  assert.equal(count(server, /authenticate$/), 2)
})

test('a token that is refused again right after it was replaced is an error, and not asked for for ever', async () => {
  await using server = await startStandIn()
  server.answer = ({ path }) => (path === '/whoami' ? [401] : undefined)
  await using strongroom = open(server)
  await assert.rejects(strongroom.whoami(), { code: 'unauthorized', status: 401 })
  assert.equal(count(server, /authenticate$/), 2)
  assert.equal(count(server, /whoami$/), 2)
})

test('a call that gives up waiting for a token leaves it to the others', async () => {
  await using server = await startStandIn()
  const gate = Promise.withResolvers<undefined>()
  server.answer = ({ path }) => (path.includes('/authn') ? gate.promise : undefined)
  await using strongroom = open(server)
  const impatient = new AbortController()
  const first = strongroom.whoami({ signal: impatient.signal })
  const second = strongroom.whoami()
  const reason = new Error('no longer needed')
  impatient.abort(reason)
  await assert.rejects(first, reason)
  gate.resolve(undefined)
  assert.equal((await second).login, 'admin')
  assert.equal(count(server, /authenticate$/), 1)
})

test('a read is repeated when the server cannot serve, and gives up with what it said last', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:a', Buffer.from('1'))
  await using strongroom = open(server, { attempts: 3 })
  reply(server, [503], 'drop')
  assert.equal(await strongroom.secretText('a'), '1')
  reply(server, [500])
  await assert.rejects(strongroom.secret('a'), { code: 'unavailable', status: 500 })
  reply(server, [502], [504], [429])
  await assert.rejects(strongroom.secret('a'), { code: 'unavailable', status: 429 })
})

test('authentication is repeated when the server cannot serve', async () => {
  await using server = await startStandIn()
  const replies: Reply[] = [[503], [429, '', { 'Retry-After': '0' }]]
  server.answer = () => replies.shift()
  await using strongroom = open(server)
  assert.equal((await strongroom.whoami()).login, 'admin')
})

test('a write is sent once, but for a server that says when to come again', async () => {
  await using server = await startStandIn()
  await using strongroom = open(server)
  for (const lost of [[503], 'drop', [502]] as const) {
    server.seen.length = 0
    reply(server, lost === 'drop' ? lost : [...lost])
    await assert.rejects(strongroom.setSecret('a', 'x'), /./)
    assert.equal(count(server, /^\/secrets/), 1)
  }
  reply(server, [503, '', { 'Retry-After': '0' }], [429, '', { 'Retry-After': '0' }])
  await strongroom.setSecret('a', 'grüße')
  assert.equal(server.secrets.get('acme:variable:a')?.toString(), 'grüße')
})

test('nobody is asked again when the pause that the server wants goes beyond the time of the call', async () => {
  await using server = await startStandIn()
  await using strongroom = open(server, { timeoutMs: 5000 })
  reply(server, [429, '', { 'Retry-After': '60' }])
  const began = performance.now()
  await assert.rejects(strongroom.whoami(), { status: 429 })
  assert.ok(performance.now() - began < 2500)
})

test('a call ends in time, whatever it waits for, and one that was ended ends at once', async () => {
  const held = createServer()
  await new Promise<void>((resolve) => {
    held.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${portOf(held)}`
  const mute = openStrongroom({ url, account: 'acme', credentials: ADMIN, timeoutMs: 300 })
  const began = performance.now()
  await assert.rejects(mute.secret('a'), { code: 'unreachable', status: undefined })
  assert.ok(performance.now() - began < 2000)
  const slowKey: Credentials = {
    kind: 'apiKey',
    login: 'admin',
    key: () => new Promise(() => undefined),
  }
  const slow = openStrongroom({ url, account: 'acme', credentials: slowKey, timeoutMs: 300 })
  await assert.rejects(slow.secret('a'), { code: 'unreachable' })
  await assert.rejects(slow.secret('a', { signal: AbortSignal.abort(new Error('no')) }), /no/)
  const patient = openStrongroom({ url, account: 'acme', credentials: ADMIN })
  const waiting = patient.secret('a')
  patient.close()
  await assert.rejects(waiting, { code: 'closed' })
  mute.close()
  slow.close()
  held.close()
})

test('while nobody listens a call waits for somebody, and then says that it cannot be reached', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  await using strongroom = openStrongroom({
    url,
    account: 'acme',
    credentials: ADMIN,
    attempts: 2,
  })
  await assert.rejects(strongroom.setSecret('a', 'x'), { code: 'unreachable', status: undefined })
})

test('a certificate that is not pinned is not trusted; the pinned one is, by its key and by itself', async () => {
  await using server = await startStandIn()
  const key = new X509Certificate(server.certPem).publicKey
  const digest = createHash('sha256').update(key.export({ type: 'spki', format: 'der' }))
  const keyPin = `sha256/${digest.digest('base64')}`
  for (const pins of [[server.fingerprint], [keyPin], ['00'.repeat(32), keyPin]]) {
    await using pinned = open(server, { pins })
    assert.equal((await pinned.whoami()).login, 'admin')
  }
  await using other = open(server, { pins: ['00'.repeat(32)] })
  await assert.rejects(other.whoami(), { code: 'untrusted', message: /not a pinned one/ })
  assert.equal(count(server, /authenticate$/), 3)
})

test('an authority comes from a file, and without it the server is not trusted', async () => {
  await using server = await startStandIn()
  await using trusting = open(server, { ca: { file: join(server.folder, 'cert.pem') } })
  assert.equal((await trusting.whoami()).login, 'admin')
  const options = { url: server.url, account: 'acme', credentials: ADMIN }
  await using careful = openStrongroom(options)
  await assert.rejects(careful.whoami(), { code: 'untrusted' })
})

test('an API key comes from a function or a file whenever it is needed', async () => {
  await using server = await startStandIn()
  const keys = ['wrong', 'admin-key']
  await using asking = open(server, {
    credentials: { kind: 'apiKey', login: 'admin', key: async () => keys.shift() ?? '' },
  })
  await assert.rejects(asking.whoami(), { code: 'unauthorized' })
  assert.equal((await asking.whoami()).login, 'admin')
  server.revoke()
  await assert.rejects(asking.whoami(), { code: 'configuration', message: /the API key is empty/ })
  const file = join(server.folder, 'key')
  await writeFile(file, 'admin-key\n')
  await using reading = open(server, {
    credentials: { kind: 'apiKey', login: 'admin', key: { file } },
  })
  assert.equal((await reading.whoami()).login, 'admin')
})

/** Replaces what `file` shows, as the kubelet does: by another folder behind the same name. */
async function project(folder: string, text: string): Promise<string> {
  const data = join(folder, '..data')
  const generation = `..${text.length}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
  await mkdir(join(folder, generation), { recursive: true })
  await writeFile(join(folder, generation, 'token'), text)
  await symlink(generation, `${data}.new`)
  await rename(`${data}.new`, data)
  const file = join(folder, 'token')
  if ((await readlink(file).catch(() => '')) === '') await symlink('..data/token', file)
  return file
}

test('the file of an access token is read for each request, through the swap of a link', async () => {
  await using server = await startStandIn()
  const folder = join(server.folder, 'projected')
  await mkdir(folder)
  const file = await project(folder, server.issue('host/app'))
  await using strongroom = open(server, { credentials: { kind: 'token', token: { file } } })
  await strongroom.whoami()
  server.revoke()
  await assert.rejects(strongroom.whoami(), { code: 'unauthorized' })
  await project(folder, `${server.issue('host/app')}\n`)
  await strongroom.whoami()
  assert.equal(count(server, /authenticate$/), 0)
})

test('a token file that somebody is just writing is read again', async () => {
  await using server = await startStandIn()
  const file = join(server.folder, 'token')
  await writeFile(file, '')
  await using strongroom = open(server, { credentials: { kind: 'token', token: { file } } })
  const asked = strongroom.whoami()
  await writeFile(file, server.issue('admin'))
  assert.equal((await asked).login, 'admin')
  await writeFile(file, 'canary-7f3a')
  await assert.rejects(strongroom.whoami(), (error: Error) => {
    assert.doesNotMatch(inspect(error, { depth: 9 }), /canary/)
    return 'code' in error && error.code === 'configuration'
  })
})

test('a function gives an access token once for all calls, and again when that is refused', async () => {
  await using server = await startStandIn()
  let asked = 0
  const token = (): string => {
    asked += 1
    return server.issue('admin')
  }
  await using strongroom = open(server, { credentials: { kind: 'token', token } })
  await Promise.all(Array.from({ length: 10 }, () => strongroom.whoami()))
  assert.equal(asked, 1)
  server.revoke()
  await strongroom.whoami()
  assert.equal(asked, 2)
  const fixed = server.issue('admin')
  await using still = open(server, { credentials: { kind: 'token', token: fixed } })
  await still.whoami()
  server.revoke()
  await assert.rejects(still.whoami(), { code: 'unauthorized' })
})

test('the file of a JWT is read at each authentication, through the swap of a link', async () => {
  await using server = await startStandIn()
  const folder = join(server.folder, 'projected')
  await mkdir(folder)
  const file = await project(folder, 'old')
  await using strongroom = open(server, {
    credentials: { kind: 'jwt', service: 'dev', token: { file } },
  })
  await assert.rejects(strongroom.whoami(), { code: 'unauthorized' })
  await project(folder, 'a.b.c')
  await strongroom.whoami()
  await using given = open(server, {
    credentials: { kind: 'jwt', service: 'dev', hostId: 'host/app', token: () => 'a.b.c' },
  })
  await given.whoami()
  assert.equal(count(server, /^\/authn-jwt\/dev\/acme\/host%2Fapp\/authenticate$/), 1)
})

test('text that is no UTF-8 is refused as text, and a byte order mark stays', async () => {
  await using server = await startStandIn()
  server.secrets.set('acme:variable:latin', Buffer.from([0x67, 0xfc]))
  server.secrets.set('acme:variable:marked', Buffer.from('\uFEFFx'))
  await using strongroom = open(server)
  await assert.rejects(strongroom.secretText('latin'), { code: 'not_acceptable' })
  assert.deepEqual(await strongroom.secret('latin'), Buffer.from([0x67, 0xfc]))
  assert.equal(await strongroom.secretText('marked'), '\uFEFFx')
})

test('what fails holds neither a value nor a credential nor a token, however it is shown', async () => {
  await using server = await startStandIn()
  await using strongroom = open(server)
  server.secrets.set('acme:variable:latin', Buffer.from([0x67, 0xfc]))
  const errors: unknown[] = []
  const keep = (error: unknown): void => void errors.push(error)
  for (const answer of [[422], [401], [503], [500, 'Token'], 'drop'] as const) {
    server.answer = ({ path }) =>
      path.startsWith('/secrets') ? (answer === 'drop' ? answer : [...answer]) : undefined
    await strongroom.setSecret('a', 'canary-7f3a').catch(keep)
  }
  server.answer = () => undefined
  await strongroom.secretText('latin').catch(keep)
  server.answer = () => [200, 'canary-7f3a']
  server.revoke()
  await open(server).whoami().catch(keep)
  const tokenless = { kind: 'token', token: 'canary-7f3a' } as const
  await open(server, { credentials: tokenless }).whoami().catch(keep)
  const pair = { certificate: 'canary-7f3a', key: 'canary-7f3a' }
  await open(server, { credentials: { kind: 'certificate', service: 'vm', ...pair } })
    .whoami()
    .catch(keep)
  assert.equal(errors.length, 9)
  for (const error of errors) {
    assert.ok(error instanceof Error && error.name === 'StrongroomError', inspect(error))
    const shown = inspect(error, { depth: 99, showHidden: true }) + String(error.stack)
    assert.doesNotMatch(shown + JSON.stringify(error), /canary-7f3a|admin-key|Token token/)
  }
})

test('a demand for a second factor arrives under its own code', async () => {
  await using server = await startStandIn()
  await using strongroom = open(server)
  const error = { code: 'mfa_required', message: 'execute on variable:a needs a second factor' }
  reply(server, [403, { error }])
  await assert.rejects(strongroom.secret('a'), { ...error, status: 403 })
})
