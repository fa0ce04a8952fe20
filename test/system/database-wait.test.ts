import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServerProcess } from '../../scripts/server-process.ts'
import { admin } from './admin-program.ts'
import { startDatabase } from './database.ts'
import { eventually } from './processes.ts'
import { serverHome } from './server-home.ts'

const CANARY = 'canary-4711'

async function listening(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A port where nobody listens. */
async function silentPort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  return port
}

const urlAt = (port: number, rest = 'postgres?sslmode=disable'): string =>
  `postgres://strongroom:${CANARY}@127.0.0.1:${port}/${rest}`

const LAUNCHER = fileURLToPath(new URL('../../bin/strongroom.js', import.meta.url))

describe('a start whose database does not answer', { concurrency: true }, () => {
  test('says what it waits for, until when and why, and gives up in time with a clear message (attack `error-canary`)', async () => {
    await using home = await serverHome()
    const port = await silentPort()
    const began = performance.now()
    const { exitCode, text } = await home.refusal({
      flags: ['--database-wait', '2'],
      environment: { DATABASE_URL: urlAt(port) },
    })
    assert.ok(performance.now() - began < 15_000)
    assert.equal(exitCode, 9)
    assert.match(
      text,
      new RegExp(
        `"level":"warn","message":"waiting for the database","address":"127\\.0\\.0\\.1:${port}","reason":"ECONNREFUSED","until":"\\d{4}-[^"]+Z"`,
      ),
    )
    assert.match(
      text,
      new RegExp(
        `the database at 127\\.0\\.0\\.1:${port} did not answer within 2 seconds: ECONNREFUSED\\n  check that it runs`,
      ),
    )
    assert.doesNotMatch(text, /canary/)
  })

  test('says so as well when the database takes the connection and is silent', async () => {
    await using home = await serverHome()
    await using stack = new AsyncDisposableStack()
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket))
    const port = await listening(server)
    stack.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const { exitCode, text } = await home.refusal({
      flags: ['--database-wait', '7'],
      environment: { DATABASE_URL: urlAt(port) },
    })
    assert.equal(exitCode, 9)
    assert.match(text, /"waiting for the database"/)
    assert.match(text, /did not answer within 7 seconds: no answer within \d+ ms$/m)
  })

  test('goes on once the database answers', async () => {
    await using home = await serverHome()
    await using database = await startDatabase()
    const { host, user, database: name } = database.connection
    const port = await silentPort()
    const starting = startServerProcess({
      dataDir: home.dataDir,
      flags: ['--database-wait', '30'],
      environment: { DATABASE_URL: `postgres://${user}@127.0.0.1:${port}/${name}?sslmode=disable` },
    })
    // The database is there from its first moment on: what comes up is the way to it.
    const proxy = createServer((socket) => {
      const inner = connect(join(host, '.s.PGSQL.5432'))
      socket.on('error', () => inner.destroy())
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    })
    await using stack = new AsyncDisposableStack()
    const late = setTimeout(() => proxy.listen(port, '127.0.0.1'), 2000)
    stack.defer(() => {
      clearTimeout(late)
      proxy.close()
    })
    const server = await starting
    assert.ok(server.lines.some((line) => line.includes('waiting for the database')))
    assert.equal(await server.stop(), 0)
  })

  test('ends at once when it is told to stop', async () => {
    await using home = await serverHome()
    const child = spawn(process.execPath, [LAUNCHER, 'server', '--data-dir', home.dataDir], {
      env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: urlAt(await silentPort()) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await eventually('it waits', 20_000, () => text.includes('waiting for the database'))
    const began = performance.now()
    child.kill('SIGTERM')
    await once(child, 'close')
    const { exitCode: code } = child
    assert.ok(performance.now() - began < 6000)
    assert.equal(code, 9)
    assert.match(text, /stopped while waiting for the database at 127\.0\.0\.1/)
  })

  test('does not wait for what no wait can mend', async () => {
    await using home = await serverHome()
    await using database = await startDatabase()
    const { host, database: name } = database.connection
    const url = `postgres://somebody:${CANARY}@/${name}?host=${encodeURIComponent(host)}`
    const began = performance.now()
    const { exitCode, text } = await home.refusal({ environment: { DATABASE_URL: url } })
    assert.ok(performance.now() - began < 20_000)
    assert.equal(exitCode, 3)
    assert.match(text, /the database refuses our user, password or database name/)
    assert.doesNotMatch(text, /canary|waiting/)
  })
})

test('a command waits as a start does, and says so to the person', async () => {
  const port = await silentPort()
  const environment = { DATABASE_URL: urlAt(port), STRONGROOM_DATABASE_WAIT: '1' }
  const run = await admin(environment, ['account', 'list'])
  assert.equal(run.exitCode, 9)
  assert.match(run.stderr, /waiting for the database/)
  assert.match(run.stderr, /strongroom: the database at .* did not answer within 1 seconds/)
  assert.doesNotMatch(run.stderr, /canary/)
})
