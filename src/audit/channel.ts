import { open, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { NetConnectOpts, Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { asLines, countedInOctets } from './framing.ts'
import type { Framing } from './framing.ts'
import type { AuditTarget, TlsFiles, TlsTarget } from './target.ts'

/** A way out for records, each a line with its line break. */
export interface Channel {
  /** Resolves when the records have left this process; rejects when they did not, or not all of them. */
  send(records: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Opens a channel to `target`; rejects when it cannot be reached or, with TLS, is not who it should be. */
export async function openChannel(target: AuditTarget): Promise<Channel> {
  switch (target.kind) {
    case 'stdout':
      return streamChannel(process.stdout, asLines, async () => undefined)
    case 'file':
      return openFile(target.path)
    case 'unix':
      return openSocket({ path: target.path })
    case 'tcp':
      return openSocket({ host: target.host, port: target.port })
    case 'tls':
      return openTls(target)
  }
}

/** Appends, so that a tool may rotate the file by copying and truncating it. */
async function openFile(path: string): Promise<Channel> {
  const file = await open(path, 'a', 0o600)
  return { send: (records) => file.appendFile(asLines(records)), close: () => file.close() }
}

const openSocket = (where: NetConnectOpts): Promise<Channel> =>
  openStream(connect(where), 'connect', asLines)

async function openTls(target: TlsTarget): Promise<Channel> {
  const { host, port } = target
  const options = { host, port, minVersion: 'TLSv1.2', ...(await readTlsFiles(target)) } as const
  const socket = connectTls(options)
  const channel = await openStream(socket, 'secureConnect', countedInOctets)
  await settled(socket)
  return channel
}

/** How long a collector may take to turn us away after the handshake, in milliseconds. */
const SETTLE_MS = 300

/**
 * In TLS 1.3 our side is done before the collector has looked at our certificate: what is sent at once to one that then refuses us is
 * lost without a word. It shows that it accepted us by a session ticket, where it gives any, or by not hanging up.
 */
function settled(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.off('session', accepted).off('error', failed).off('close', refused)
      // What is written while the ticket is still being read stays in the socket.
      setImmediate(settle)
    }
    const accepted = (): void => end(resolve)
    const failed = (error: Error): void => end(() => reject(error))
    const refused = (): void => failed(new Error('the collector hung up'))
    const timer = setTimeout(accepted, SETTLE_MS)
    socket.once('session', accepted).once('error', failed).once('close', refused)
  })
}

/** What the files of a TLS connection hold; rejects with the system's error when one cannot be read. */
export async function readTlsFiles(
  files: TlsFiles,
): Promise<Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>> {
  const entries = (['ca', 'cert', 'key'] as const).map(async (name) => {
    const path = files[name]
    return path === undefined ? undefined : ([name, await readFile(path, 'utf8')] as const)
  })
  return Object.fromEntries((await Promise.all(entries)).filter((entry) => entry !== undefined))
}

/** How long a connection may be silent before the system asks whether the other side is still there, in milliseconds. */
const PROBE_MS = 30_000

function openStream(socket: Socket, ready: string, framing: Framing): Promise<Channel> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once(ready, () => {
      socket.off('error', reject)
      // A connection that breaks later is noticed by the next record.
      socket.on('error', () => undefined)
      socket.setKeepAlive(true, PROBE_MS)
      socket.resume().unref()
      resolve(streamChannel(socket, framing, () => hangUp(socket)))
    })
  })
}

const streamChannel = (
  stream: Writable,
  framing: Framing,
  close: () => Promise<void>,
): Channel => ({
  send: (records) =>
    new Promise((resolve, reject) => {
      if (stream.destroyed) reject(new Error('the connection is closed'))
      stream.write(framing(records), (error) => (error ? reject(error) : resolve()))
    }),
  close,
})

/** Whoever does not take the goodbye does not hold us up. */
async function hangUp(socket: Socket): Promise<void> {
  socket.end()
  setTimeout(() => socket.destroy(), 1000).unref()
}
