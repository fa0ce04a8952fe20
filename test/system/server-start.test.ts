import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chown, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { blockerOf } from '#storage/embedded/reach.ts'
import type { ServerProcess } from '../../scripts/server-process.ts'
import { startDatabase } from './database.ts'
import {
  childrenOf,
  eventually,
  isAlive,
  isListening,
  mustHavePostmaster,
  postmasterOf,
} from './processes.ts'
import { authorizationOf, mustBe, mustBeLoaded, openRest, variablePath } from './rest.ts'
import { serverHome } from './server-home.ts'

const POLICY = '- !variable db/password\n'

const isRoot = process.getuid?.() === 0
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 }
const blocker = isRoot ? await blockerOf(import.meta.dirname, NOBODY) : undefined

const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8)

const portOf = ({ url }: ServerProcess): number => Number(new URL(url).port)

/** The number of the user that process `pid` runs as. */
const userOf = (pid: number): number =>
  Number(/^Uid:\t\d+\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

test('a first start makes everything, readable by its owner alone, and the next finds it again', async () => {
  await using home = await serverHome()
  const files = ['master.key', 'admin-api-key', 'tls/key.pem', 'tls/cert.pem']
  const contents = (): Promise<readonly string[]> =>
    Promise.all(files.map((file) => readFile(join(home.dataDir, file), 'utf8')))

  const first = await home.start()
  const admin = await home.admin(first)
  mustBeLoaded(await admin.load(POLICY))
  mustBe(201, await admin.write('db/password', 'hunter2'))
  assert.deepEqual(
    await Promise.all(files.map((file) => modeOf(join(home.dataDir, file)))),
    files.map(() => '600'),
  )
  const made = await contents()
  assert.equal(await first.stop(), 0)

  const second = await home.start()
  assert.deepEqual(await contents(), made)
  const again = await home.admin(second)
  assert.equal(mustBe(200, await again.read('db/password')).body.toString(), 'hunter2')
  const resource = mustBe(200, await again.get('/resources/default/variable/db%2Fpassword'))
  assert.match(resource.body.toString(), /default:variable:db\/password/)
})

test('a first start that cannot listen has not lost the key of the administrator', async () => {
  await using home = await serverHome()
  const other = createServer().listen(0, '127.0.0.1')
  try {
    await once(other, 'listening')
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    const { exitCode } = await home.refusal({ flags: ['--port', String(address.port)] })
    assert.equal(exitCode, 3)
  } finally {
    other.close()
  }
  mustBe(200, await (await home.admin(await home.start())).get('/whoami'))
})

test('whether it lives and whether it can serve is told to everybody', async () => {
  await using home = await serverHome()
  const rest = openRest(await home.start())
  assert.equal(mustBe(200, await rest.get('/healthz')).body.toString(), 'alive\n')
  assert.equal(mustBe(200, await rest.get('/readyz')).body.toString(), 'ready\n')
  rest.close()
})

test('SIGTERM answers what is under way, takes nothing new, ends with 0 and leaves nothing behind', async () => {
  await using home = await serverHome()
  const server = await home.start()
  const admin = await home.admin(server)
  mustBeLoaded(await admin.load(POLICY))
  const key = await readFile(join(home.dataDir, 'admin-api-key'), 'utf8')
  const authorization = authorizationOf(await admin.authenticate('admin', key.trim()))
  const postmaster = mustHavePostmaster(home.dataDir)

  const slow = request(server.url + variablePath('db/password'), {
    method: 'POST',
    ca: server.caPem,
    // The server says that it goes on, so we know that the request is under way.
    headers: { Authorization: authorization, Expect: '100-continue', 'Content-Length': 7 },
  })
  slow.flushHeaders()
  await once(slow, 'continue')
  const answered = new Promise<number | undefined>((resolve, reject) => {
    slow.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject)
  })
  const stopped = server.stop()
  await eventually('the port is closed', 5_000, async () =>
    (await isListening(portOf(server))) ? undefined : true,
  )
  assert.equal(isAlive(postmaster), true)
  const beforeTheEnd = performance.now()
  slow.end('hunter2')
  assert.equal(await answered, 201)
  assert.equal(await stopped, 0)
  assert.ok(performance.now() - beforeTheEnd < 5_000, 'an idle connection held up the end')

  assert.equal(isAlive(postmaster), false)
  assert.equal(postmasterOf(home.dataDir), undefined)
  const port = createServer().listen(portOf(server), '127.0.0.1')
  await once(port, 'listening')
  port.close()
  const again = await home.admin(await home.start())
  assert.equal((await again.read('db/password')).body.toString(), 'hunter2')
})

test('Ctrl-C stops a server as SIGTERM does', async () => {
  await using home = await serverHome()
  const server = await home.start()
  const postmaster = mustHavePostmaster(home.dataDir)
  assert.equal(await server.stop('SIGINT'), 0)
  assert.equal(isAlive(postmaster), false)
})

test('a second server on the same data is refused, and the first does not notice', async () => {
  await using home = await serverHome()
  const server = await home.start()
  const { exitCode, text: said } = await home.refusal()
  assert.equal(exitCode, 3)
  assert.match(said, new RegExp(`already in use by process ${server.pid}\n  stop that server`))
  assert.doesNotMatch(said, /^\s+at /m)
  const admin = await home.admin(server)
  mustBeLoaded(await admin.load(POLICY))
  mustBe(200, await admin.get('/readyz'))
})

test('behind a proxy it speaks plain HTTP, and makes no certificate', async () => {
  await using home = await serverHome()
  const server = await home.start({ flags: ['--tls', 'off'] })
  assert.match(server.url, /^http:/)
  mustBe(200, await (await home.admin(server)).get('/whoami'))
  assert.ok(!(await readdir(home.dataDir)).includes('tls'))
})

test('--help names every setting and starts nothing', async () => {
  await using home = await serverHome()
  const { exitCode, text: said } = await home.refusal({ flags: ['--help'] })
  assert.equal(exitCode, 0)
  assert.match(said, /^usage: strongroom server/)
  assert.match(said, /--data-dir[^\n]*\n\s+STRONGROOM_DATA_DIR/)
  await assert.rejects(stat(home.dataDir), { code: 'ENOENT' })
})

test('a file of settings is obeyed, and a flag overrides it', async () => {
  await using home = await serverHome()
  const config = join(home.folder, 'strongroom.yml')
  await writeFile(config, 'account: acme\nlog-level: warn\ntls: off\n')
  const server = await home.start({ flags: ['--config', config, '--log-level', 'info'] })
  assert.match(server.url, /^http:/)
  assert.ok(server.lines.some((line) => /"message":"ready".*"account":"acme"/.test(line)))
})

test('a certificate of the operator is shown instead of one of our own', async () => {
  await using home = await serverHome()
  const names = { hostnames: ['localhost'], addresses: ['127.0.0.1'] }
  const identity = await createTlsIdentity({ ...names, now: new Date(), days: 2 })
  const certFile = join(home.folder, 'cert.pem')
  const keyFile = join(home.folder, 'key.pem')
  await writeFile(certFile, identity.certPem)
  await writeFile(keyFile, identity.keyPem)
  const flags = ['--tls-cert', certFile, '--tls-key', keyFile]
  const server = await home.start({ flags, certFile })
  mustBe(200, await (await home.admin(server)).get('/whoami'))
  assert.ok(!(await readdir(home.dataDir)).includes('tls'))
})

test('DATABASE_URL names another database: nothing is embedded, and two nodes share what it holds', async () => {
  await using home = await serverHome()
  await using database = await startDatabase()
  const { host, user } = database.connection
  const environment = { DATABASE_URL: `postgres://${user}@/${user}?host=${host}` }
  const one = await home.start({ environment })
  assert.deepEqual(childrenOf(one.pid), [])
  assert.ok(!(await readdir(home.dataDir)).includes('postgres'))

  const dataDir = join(home.folder, 'other')
  const { exitCode, text: said } = await home.refusal({ environment, dataDir })
  assert.equal(exitCode, 3)
  assert.match(said, /the master key is missing/)

  const masterKeyFile = join(home.dataDir, 'master.key')
  const two = await home.start({
    environment,
    dataDir,
    flags: ['--master-key-file', masterKeyFile],
  })
  const admin = await home.admin(one)
  const loaded = mustBeLoaded(
    await admin.load(`${POLICY}- !host app
- !permit { role: !host app, privileges: [read, execute], resource: !variable db/password }
`),
  )
  mustBe(201, await admin.write('db/password', 'hunter2'))
  const app = openRest(two)
  await app.logIn('host/app', loaded.created_roles['default:host:app']?.api_key ?? '')
  assert.equal(mustBe(200, await app.read('db/password')).body.toString(), 'hunter2')
  mustBe(
    201,
    await admin.send({ method: 'PATCH', path: '/policies/default/policy/root', body: REVOKE }),
  )
  mustBe(404, await app.read('db/password'))
  app.close()
})

const REVOKE =
  '- !deny { role: !host app, privileges: [read, execute], resource: !variable db/password }\n'

test(
  'an ordinary user needs nothing but a folder',
  blocker === undefined ? {} : { skip: `${NOBODY.name} may not enter ${blocker}` },
  async () => {
    await using home = await serverHome()
    const dataDir = join(home.folder, 'own', 'data')
    const start = { dataDir, environment: { HOME: join(home.folder, 'own') } }
    await mkdir(join(home.folder, 'own'))
    if (isRoot) await chown(join(home.folder, 'own'), NOBODY.uid, NOBODY.gid)
    const server = await home.start(isRoot ? { ...start, user: NOBODY.uid } : start)
    const uid = isRoot ? NOBODY.uid : process.getuid?.()
    assert.equal(userOf(server.pid), uid)
    assert.equal(userOf(mustHavePostmaster(dataDir)), uid)
    assert.equal(await modeOf(join(dataDir, 'master.key')), '600')
    mustBe(200, await (await home.admin(server)).get('/whoami'))
  },
)

test(
  'root lends its database an ordinary user, who cannot read the keys',
  isRoot ? {} : { skip: 'only root can lend users' },
  async () => {
    await using home = await serverHome()
    const server = await home.start()
    assert.equal(userOf(server.pid), 0)
    const user = userOf(mustHavePostmaster(home.dataDir))
    assert.notEqual(user, 0)
    const { uid, mode } = await stat(join(home.dataDir, 'master.key'))
    assert.equal(uid, 0)
    assert.equal(mode & 0o077, 0)
  },
)
