import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { isAccessToken } from '#api/wire.ts'
import type { AuthenticateLocal, LocalOrder } from '#app/authenticate-local.ts'
import { openLocalSocket } from '#authn/local/socket.ts'
import type { LocalSocket } from '#authn/local/socket.ts'
import { Failure } from '#lib/failure.ts'
import { jsonLog } from '#lib/log.ts'
import { temporaryFolder } from './database.ts'
import { jsonOf, startInstallation } from './node.ts'

const folder = await temporaryFolder()
after(() => folder[Symbol.asyncDispose]())

let folders = 0
/** A folder that nobody else may write. */
function ownFolder(mode = 0o755): string {
  const path = join(folder.path, String((folders += 1)))
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

const TOKEN = { protected: 'a', payload: 'b', signature: 'c' }

interface Opened {
  readonly path: string
  readonly orders: readonly LocalOrder[]
  readonly logged: readonly string[]
  readonly socket: LocalSocket
}

/** A socket that gives {@link TOKEN} to everybody, unless something else is wanted. */
async function open({
  path = join(ownFolder(), 'socket'),
  authenticate = async () => TOKEN,
  lineMs = 30_000,
}: {
  readonly path?: string
  readonly authenticate?: AuthenticateLocal
  readonly lineMs?: number
} = {}): Promise<Opened> {
  const orders: LocalOrder[] = []
  const logged: string[] = []
  const log = jsonLog(
    'debug',
    (line) => void logged.push(line),
    () => new Date(),
  )
  const socket = await openLocalSocket(path, {
    authenticate(order) {
      orders.push(order)
      return authenticate(order)
    },
    account: 'acme',
    log,
    lineMs,
  })
  after(() => socket.close())
  return { path, orders, logged, socket }
}

const dial = async (path: string): Promise<Socket> => {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}

/** What is answered to these bytes, to which nothing is added. */
async function ask(path: string, bytes: string, how: 'open' | 'ended' = 'open'): Promise<string> {
  const socket = await dial(path)
  if (how === 'ended') socket.end(bytes)
  else socket.write(bytes)
  return text(socket)
}

const misplaced = (message: RegExp): object => ({ code: 'configuration', message })

test('a line is answered by a token in a line, whatever comes behind it and however it ends', async () => {
  const { path, orders } = await open()
  const answer = `${JSON.stringify(TOKEN)}\n`
  assert.equal(await ask(path, '{"sub":"alice"}\n'), answer)
  assert.equal(await ask(path, '{"sub":"alice"}\n{"sub":"bob"}\n'), answer)
  assert.equal(await ask(path, 'host/cart\n'), answer)
  assert.equal(await ask(path, '{"sub":"alice"}', 'ended'), answer)
  assert.deepEqual(
    orders.map(({ account, login }) => `${account} ${login}`),
    ['acme alice', 'acme alice', 'acme host/cart', 'acme alice'],
  )
  assert.equal(new Set(orders.map(({ request }) => request)).size, 4)
})

test('a refusal, a mistake of ours and what cannot be read are answered by an empty line, and logged', async () => {
  const refusing = await open({
    authenticate: async () => {
      throw new Failure('unauthorized', 'no such role')
    },
  })
  assert.equal(await ask(refusing.path, '{"sub":"nobody"}\n'), '\n')
  assert.match(refusing.logged.join(''), /"level":"warn".*no such role/)
  const broken = await open({
    authenticate: async () => {
      throw new Error('a bug')
    },
  })
  assert.equal(await ask(broken.path, '{"sub":"alice"}\n'), '\n')
  assert.match(broken.logged.join(''), /"level":"error"/)
  const { path, orders, logged } = await open()
  for (const line of ['\n', '{canary\n', '{}\n', '{"sub":"alice","x":1}\n']) {
    assert.equal(await ask(path, line), '\n', line)
  }
  assert.equal(await ask(path, '', 'ended'), '\n')
  assert.deepEqual(orders, [])
  assert.doesNotMatch(logged.join(''), /canary/)
})

test('`json-dos`: a line that is too long, or does not come in time, is given up', async () => {
  const { path, orders } = await open({ lineMs: 50 })
  assert.equal(await ask(path, 'x'.repeat(20_000)), '\n')
  assert.equal(await ask(path, `${'{'.repeat(16_000)}\n`), '\n')
  assert.equal(await ask(path, '{"sub":"alice"}'), '\n')
  assert.equal(await ask(path, ''), '\n')
  assert.deepEqual(orders, [])
  assert.equal(await ask(path, '{"sub":"alice"}\n'), `${JSON.stringify(TOKEN)}\n`)
})

test('who floods the socket gets no more connections, and everybody else again once they are gone', async () => {
  const { path } = await open()
  const held = [await dial(path)]
  while (held.length < 64) held.push(await dial(path))
  // Connections are taken in their order, so that the 64 are held when this one comes.
  const surplus = connect(path)
  assert.equal(await text(surplus), '')
  for (const socket of held) socket.destroy()
  let answer = ''
  while (answer === '') answer = await ask(path, '{"sub":"alice"}\n')
  assert.equal(answer, `${JSON.stringify(TOKEN)}\n`)
})

test('whoever leaves before the answer harms nobody', async () => {
  const { promise, resolve } = Promise.withResolvers<typeof TOKEN>()
  const { path, orders } = await open({ authenticate: () => promise })
  const socket = await dial(path)
  socket.write('{"sub":"alice"}\n')
  const waiting = ask(path, '{"sub":"bob"}\n')
  while (orders.length < 2) await new Promise(setImmediate)
  socket.destroy()
  resolve(TOKEN)
  assert.equal(await waiting, `${JSON.stringify(TOKEN)}\n`)
})

test('`file`: the socket is for its owner alone from its first moment, whatever the mask of the process is', async () => {
  const mask = process.umask(0)
  try {
    const { path } = await open()
    assert.equal(lstatSync(path).mode & 0o777, 0o600)
    assert.equal(process.umask(0), 0)
  } finally {
    process.umask(mask)
  }
})

test('the socket goes when it is closed', async () => {
  const place = ownFolder()
  const { socket } = await open({ path: join(place, 'socket') })
  await socket.close()
  assert.deepEqual(readdirSync(place), [])
})

test('`file`: a socket that a killed server left is replaced, one that somebody listens on is not', async () => {
  const path = join(ownFolder(), 'socket')
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  assert.ok(lstatSync(path).isSocket())
  const opened = await open({ path })
  assert.equal(await ask(path, 'alice\n'), `${JSON.stringify(TOKEN)}\n`)
  await assert.rejects(open({ path }), misplaced(/another program listens/))
  assert.equal(await ask(path, 'alice\n'), `${JSON.stringify(TOKEN)}\n`)
  await opened.socket.close()
  const foreign = createServer()
  foreign.listen(path)
  await once(foreign, 'listening')
  await assert.rejects(open({ path }), misplaced(/another program listens/))
  foreign.close()
})

test('`file`: nothing that is no socket is ever removed, and no link is followed', async () => {
  const place = ownFolder()
  const path = join(place, 'socket')
  writeFileSync(path, 'precious')
  await assert.rejects(open({ path }), misplaced(/no socket/))
  const link = join(place, 'link')
  symlinkSync(path, link)
  await assert.rejects(open({ path: link }), misplaced(/no socket/))
  await assert.rejects(open({ path: place }), misplaced(/no socket/))
  assert.deepEqual(readdirSync(place).toSorted(), ['link', 'socket'])
})

test('`file`: a folder that others may write, or that is none, is no place for it', async () => {
  for (const mode of [0o777, 0o1777, 0o775, 0o757]) {
    const path = join(ownFolder(mode), 'socket')
    await assert.rejects(open({ path }), misplaced(/others own or may write/))
  }
  await assert.rejects(open({ path: join(folder.path, 'none', 'socket') }), misplaced(/no folder/))
  await assert.rejects(open({ path: 'socket' }), misplaced(/absolute path/))
  await assert.rejects(open({ path: `/${'x'.repeat(200)}` }), misplaced(/at most/))
})

test('a server gives tokens on its socket to its owner, for roles that there are, and the trail tells', async () => {
  await using installation = await startInstallation()
  const path = join(ownFolder(0o700), 'authn')
  const node = await installation.start({ STRONGROOM_LOCAL_SOCKET: path })
  const admin = await tokenOver(path, { sub: 'admin' })
  const policy =
    '- !host web\n- !host { id: fenced, restricted_to: [192.0.2.0/24] }\n- !group ops\n'
  const load = { method: 'POST', path: '/policies/acme/policy/root', body: policy } as const
  assert.equal((await node.as(admin, load)).status, 201)

  const whoami = { method: 'GET', path: '/whoami' } as const
  const web = await tokenOver(path, { account: 'acme', sub: 'host/web' })
  assert.match(JSON.stringify(jsonOf(await node.as(web, whoami))), /"username":"host\/web"/)

  const exp = Math.floor(Date.now() / 1000) + 60
  const brief = await tokenOver(path, { sub: 'host/web', exp })
  // Never later than it was asked for, and at most a second earlier.
  assert.ok([exp - 1, exp].includes(Number(claimsOf(brief)['exp'])))
  const bound = await tokenOver(path, { sub: 'host/web', cidr: ['192.0.2.0/24'] })
  assert.deepEqual(claimsOf(bound)['cidr'], ['192.0.2.0/24'])
  assert.equal((await node.as(bound, whoami)).status, 403)
  // A role that is restricted gets a token here, which is good where the role is.
  assert.equal((await node.as(await tokenOver(path, { sub: 'host/fenced' }), whoami)).status, 403)

  for (const refused of [
    { sub: 'host/nobody' },
    { sub: 'group/ops' },
    { sub: 'admin', account: 'nowhere' },
    { sub: 'host/web', exp: exp - 3600 },
  ]) {
    assert.equal(await ask(path, `${JSON.stringify(refused)}\n`), '\n')
  }
  const trail = jsonOf(await node.as(admin, { method: 'GET', path: '/audit/acme?limit=100' }))
  const events = JSON.stringify(trail).match(/\{[^{}]*\{[^{}]*"authn-local"[^{}]*\}[^{}]*\}/g) ?? []
  assert.equal(events.length, 8)
  assert.equal(events.filter((event) => event.includes('"failure"')).length, 3)
  assert.ok(events.every((event) => event.includes('"clientIp":"127.0.0.1"')))

  await node.stop()
  assert.throws(() => lstatSync(path), { code: 'ENOENT' })
})

/** The `Authorization` header that a request gets. */
async function tokenOver(path: string, request: object): Promise<string> {
  const answer = await ask(path, `${JSON.stringify(request)}\n`)
  assert.ok(isAccessToken(JSON.parse(answer)))
  return `Token token="${Buffer.from(answer.trim()).toString('base64')}"`
}

function claimsOf(authorization: string): Readonly<Record<string, unknown>> {
  const token: unknown = JSON.parse(
    Buffer.from(authorization.slice('Token token="'.length, -1), 'base64').toString(),
  )
  assert.ok(isAccessToken(token))
  const claims: unknown = JSON.parse(Buffer.from(token.payload, 'base64url').toString())
  assert.ok(typeof claims === 'object' && claims !== null)
  return { ...claims }
}
