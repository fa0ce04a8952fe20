import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFile, readFile } from 'node:fs/promises'
import { createServer as createPlain } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createServer } from 'node:tls'
import type { Server, TlsOptions, TLSSocket } from 'node:tls'
import type { AuditEvent } from '#app/audit.ts'
import { openSink } from '#audit/sink.ts'
import type { TlsTarget } from '#audit/target.ts'
import { jsonLog } from '#lib/log.ts'
import type { Log } from '#lib/log.ts'
import { makeCertificates } from './audit-certificates.ts'
import { temporaryFolder } from './database.ts'
import type { TemporaryFolder } from './database.ts'
import { startInstallation } from './node.ts'
import { eventually } from './processes.ts'

let folder: TemporaryFolder

before(async () => {
  folder = await temporaryFolder()
  await makeCertificates(folder.path)
})
after(() => folder[Symbol.asyncDispose]())

const at = (name: string): string => join(folder.path, name)

const event = (request: string, resource = 'acme:variable:db'): AuditEvent => ({
  at: '2026-01-02T03:04:05.678Z',
  request,
  account: 'acme',
  kind: 'fetch',
  operation: 'fetch',
  result: 'success',
  user: 'acme:user:alice',
  clientIp: '192.0.2.1',
  subject: { resource },
})

/** The records in what came over a connection, each with the number of its bytes before it (RFC 5425 4.3). */
function recordsIn(bytes: Buffer): readonly string[] {
  const records: string[] = []
  let from = 0
  while (from < bytes.length) {
    const space = bytes.indexOf(0x20, from)
    const length = Number(bytes.toString('latin1', from, space))
    if (space === -1 || !(length > 0) || space + 1 + length > bytes.length) break
    records.push(bytes.toString('utf8', space + 1, space + 1 + length))
    from = space + 1 + length
  }
  return records
}

/** A syslog server over TLS that keeps what it gets. */
interface Collector extends AsyncDisposable {
  readonly port: number
  readonly records: () => readonly string[]
  readonly sockets: readonly Socket[]
}

async function collector(
  options: TlsOptions & { readonly port?: number } = {},
): Promise<Collector> {
  const got = new Map<Socket, Buffer[]>()
  const sockets: Socket[] = []
  const server: Server = createServer(
    { cert: await readFile(at('server.pem')), key: await readFile(at('server.key')), ...options },
    (socket: TLSSocket) => {
      const pieces: Buffer[] = []
      got.set(socket, pieces)
      socket.on('data', (piece: Buffer) => pieces.push(piece)).on('error', () => undefined)
    },
  )
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    records: () => [...got.values()].flatMap((pieces) => recordsIn(Buffer.concat(pieces))),
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const target = (port: number, more: Partial<TlsTarget> = {}): TlsTarget => ({
  kind: 'tls',
  host: 'localhost',
  port,
  ca: at('ca.pem'),
  ...more,
})

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

const requestsOf = (records: readonly string[]): readonly string[] =>
  records.map((record) => record.split(' ')[4] ?? '')

const received = (from: Collector, count: number): Promise<readonly string[]> =>
  eventually(`${count} records`, 15_000, () =>
    from.records().length >= count ? from.records() : undefined,
  )

describe('an audit log over TLS', () => {
  test('records reach the collector in their order, each counted in bytes', async () => {
    await using server = await collector()
    const sink = openSink(target(server.port), testLog().log)
    for (let n = 0; n < 1200; n++) sink.write([event(`r${n}`, `acme:variable:schlüssel-${n}`)])
    const records = await received(server, 1200)
    assert.deepEqual(
      requestsOf(records),
      Array.from({ length: 1200 }, (_, n) => `r${n}`),
    )
    assert.match(records[7] ?? '', /^<86>1 2026-01-02T.* fetched acme:variable:schlüssel-7$/)
    await sink.close()
    assert.deepEqual([sink.sent, sink.lost, sink.waiting], [1200, 0, 0])
  })

  test('a collector that nobody trusted vouches for gets nothing; once its authority is in the file it gets all', async () => {
    await using server = await collector()
    const { log, lines } = testLog()
    const ca = at('renewed-ca.pem')
    await copyFile(at('other-ca.pem'), ca)
    const sink = openSink(target(server.port, { ca }), log)
    sink.write([event('kept')])
    await eventually('the complaint', 5000, () =>
      lines.some((line) => /does not take lines.*(?:UNABLE_TO|SELF_SIGNED)/.test(line)),
    )
    assert.deepEqual([server.records().length, sink.sent, sink.waiting], [0, 0, 1])
    await copyFile(at('ca.pem'), ca)
    assert.deepEqual(requestsOf(await received(server, 1)), ['kept'])
    await sink.close()
  })

  test('a collector of another name gets nothing, whoever vouches for it', async () => {
    await using server = await collector({
      cert: await readFile(at('stranger.pem')),
      key: await readFile(at('stranger.key')),
    })
    const { log, lines } = testLog()
    const sink = openSink(target(server.port), log)
    sink.write([event('kept')])
    await eventually('the complaint', 5000, () =>
      lines.some((line) => line.includes('ERR_TLS_CERT_ALTNAME_INVALID')),
    )
    await sink.close()
    assert.deepEqual([server.records().length, sink.sent, sink.lost], [0, 0, 1])
  })

  test('an address is a name like any other', async () => {
    await using server = await collector()
    const sink = openSink(target(server.port, { host: '127.0.0.1' }), testLog().log)
    sink.write([event('by-address')])
    assert.deepEqual(requestsOf(await received(server, 1)), ['by-address'])
    await sink.close()
  })

  test('a collector that asks for a certificate gets ours; without one nothing is taken for sent', async () => {
    const asking = {
      ca: await readFile(at('ca.pem')),
      requestCert: true,
      rejectUnauthorized: true,
    }
    await using server = await collector(asking)
    const { log, lines } = testLog()
    const stranger = openSink(target(server.port), log)
    stranger.write([event('refused')])
    await eventually('the complaint', 5000, () =>
      lines.some((line) => line.includes('does not take lines')),
    )
    await stranger.close()
    assert.deepEqual([stranger.sent, stranger.lost], [0, 1])

    const known = { cert: at('client.pem'), key: at('client.key') }
    const sink = openSink(target(server.port, known), testLog().log)
    sink.write([event('accepted')])
    assert.deepEqual(requestsOf(await received(server, 1)), ['accepted'])
    await sink.close()
  })

  test('a collector that was away gets what waited, over a new connection', async () => {
    const first = await collector()
    const { log, lines } = testLog()
    const sink = openSink(target(first.port), log)
    sink.write([event('before')])
    await received(first, 1)
    const { port } = first
    await first[Symbol.asyncDispose]()
    // What a connection took before its end was noticed is gone: syslog has no receipts.
    await eventually('the complaint', 5000, () => {
      sink.write([event('probe')])
      return lines.some((line) => line.includes('does not take lines'))
    })
    for (let n = 0; n < 50; n++) sink.write([event(`during-${n}`)])
    await using second = await collector({ port })
    await eventually('all that waited', 15_000, () => sink.waiting === 0)
    const during = requestsOf(second.records()).filter((request) => request.startsWith('during'))
    assert.deepEqual(
      during,
      Array.from({ length: 50 }, (_, n) => `during-${n}`),
    )
    await sink.close()
    assert.equal(sink.lost, 0)
  })
})

describe('a server with an audit log over TLS', () => {
  test('`audit-block`: a collector that answers nobody holds up no request and no stop; the trail is in the database', async () => {
    await using installation = await startInstallation()
    // It takes connections and says nothing, so that no handshake ever ends.
    const sockets: Socket[] = []
    const silent = createPlain((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const node = await installation.start({
      STRONGROOM_AUDIT_LOG: `tls:localhost:${port}`,
      STRONGROOM_AUDIT_LOG_CA: at('ca.pem'),
      STRONGROOM_METRICS: 'on',
    })
    const token = await node.tokenFor('admin', node.adminKey)
    const began = performance.now()
    for (let n = 0; n < 50; n++) await node.as(token, { method: 'GET', path: '/whoami' })
    assert.ok(performance.now() - began < 5000)
    const trail = await node.as(token, {
      method: 'GET',
      path: '/audit/acme?operation=check&limit=100',
    })
    const kept: unknown = JSON.parse(trail.body.toString())
    assert.ok(Array.isArray(kept))
    assert.equal(kept.length, 50)
    const metrics = await node.send({ method: 'GET', path: '/metrics' })
    assert.match(metrics.body.toString(), /^strongroom_audit_lines_total 0$/m)
    assert.match(metrics.body.toString(), /^strongroom_audit_lines_waiting [1-9]\d*$/m)
    const stopping = performance.now()
    await node.stop()
    assert.ok(performance.now() - stopping < 8000)
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  test('files that are missing or do not fit stop the start and are named', async () => {
    await using installation = await startInstallation()
    const start = (more: Readonly<Record<string, string>>): Promise<unknown> =>
      installation.start({ STRONGROOM_AUDIT_LOG: 'tls:localhost:6514', ...more })
    await assert.rejects(start({ STRONGROOM_AUDIT_LOG_CA: '/no/such.pem' }), {
      code: 'configuration',
      message: /cannot open \/no\/such\.pem/,
    })
    await assert.rejects(
      start({
        STRONGROOM_AUDIT_LOG_CERT: at('client.pem'),
        STRONGROOM_AUDIT_LOG_KEY: at('server.key'),
      }),
      { code: 'configuration', message: /do not fit together/ },
    )
  })
})
