import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { openSink } from '#audit/sink.ts'
import { jsonLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import { temporaryFolder } from './database.ts'

const event = (request: string): AuditEvent => ({
  at: '2026-01-02T03:04:05.678Z',
  request,
  account: 'acme',
  kind: 'fetch',
  operation: 'fetch',
  result: 'success',
  user: 'acme:user:alice',
  clientIp: '192.0.2.1',
  subject: { resource: 'acme:variable:db' },
})

const requestsIn = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')

/** A log and what was written to it. */
function testLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = []
  return {
    lines,
    log: jsonLog(
      'info',
      (line) => lines.push(line),
      () => new Date(),
    ),
  }
}

/** A collector on a Unix socket that keeps the lines it gets. */
async function collector(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection).listen(path)
  await once(server, 'listening')
  return server
}

/** Resolves to the next `count` lines of all connections together. */
function linesOf(count: number): {
  readonly take: (socket: Socket) => void
  readonly lines: Promise<readonly string[]>
} {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  const got: string[] = []
  return {
    lines: promise,
    take: (socket) =>
      void createInterface({ input: socket }).on('line', (line) => {
        if (got.push(line) === count) resolve(got)
      }),
  }
}

test('lines are appended to a file that only its owner may read', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'audit.log')
  for (const request of ['a', 'b']) {
    const sink = openSink({ kind: 'file', path }, testLog().log)
    sink.write([event(`${request}1`), event(`${request}2`)])
    sink.write([])
    sink.write([event(`${request}3`)])
    await sink.close()
    assert.deepEqual([sink.sent, sink.lost], [3, 0])
  }
  assert.deepEqual(requestsIn(await readFile(path, 'utf8')), ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
})

test('lines reach a TCP collector in their order', async () => {
  const collected = linesOf(1500)
  const server = createServer(collected.take).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sink = openSink({ kind: 'tcp', host: '127.0.0.1', port }, testLog().log)
  for (let n = 0; n < 1500; n++) sink.write([event(`r${n}`)])
  assert.deepEqual(
    requestsIn((await collected.lines).join('\n')),
    Array.from({ length: 1500 }, (_, n) => `r${n}`),
  )
  await sink.close()
  assert.equal(sink.lost, 0)
  server.close()
})

test('a collector that is away for a while gets every line when it is back, and the log says so once', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'audit.socket')
  const { log, lines } = testLog()
  const sink = openSink({ kind: 'unix', path }, log)
  sink.write([event('early')])
  const first = linesOf(1)
  let connected: Socket | undefined
  const server = await collector(path, (socket) => {
    connected = socket
    first.take(socket)
  })
  assert.deepEqual(requestsIn((await first.lines).join('\n')), ['early'])
  connected?.destroy()
  server.close()
  await once(server, 'close')
  await rm(path, { force: true })

  const second = linesOf(2)
  sink.write([event('late')])
  sink.write([event('later')])
  const back = await collector(path, second.take)
  assert.deepEqual(requestsIn((await second.lines).join('\n')).slice(-2), ['late', 'later'])
  await sink.close()
  back.close()
  assert.equal(sink.lost, 0)
  assert.ok(lines.some((line) => line.includes('does not take lines')))
})

test('`audit-block`: a collector that takes nothing holds nobody up; what does not fit is lost, counted and reported', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'audit.socket')
  const { log, lines } = testLog()
  const sockets: Socket[] = []
  const server = await collector(path, (socket) => sockets.push(socket.pause()))
  const sink = openSink({ kind: 'unix', path }, log, { waiting: 5000, sendMs: 200 })
  const startedAt = performance.now()
  for (let n = 0; n < 20_000; n++) sink.write([event(`r${n}`)])
  assert.ok(performance.now() - startedAt < 5000)
  assert.ok(sink.lost >= 14_000, `${sink.lost} lost`)
  await sink.close()
  assert.equal(sink.sent + sink.lost, 20_000)
  const reports = lines.filter((line) => line.includes('audit lines were lost'))
  assert.equal(reports.length, 1)
  assert.match(reports[0] ?? '', /"lost":\d+/)
  for (const socket of sockets) socket.destroy()
  server.close()
})
