import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import type { NetConnectOpts, Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { AuditTarget } from './target.ts'

/** A way out for text. */
export interface Channel {
  /** Resolves when the text has left this process; rejects when it did not, or not all of it. */
  send(text: string): Promise<void>
  close(): Promise<void>
}

/** Opens a channel to `target`; rejects when it cannot be reached. */
export function openChannel(target: AuditTarget): Promise<Channel> {
  switch (target.kind) {
    case 'stdout':
      return Promise.resolve(streamChannel(process.stdout, async () => undefined))
    case 'file':
      return openFile(target.path)
    case 'unix':
      return openSocket({ path: target.path })
    case 'tcp':
      return openSocket({ host: target.host, port: target.port })
  }
}

/** Appends, so that a tool may rotate the file by copying and truncating it. */
async function openFile(path: string): Promise<Channel> {
  const file = await open(path, 'a', 0o600)
  return { send: (text) => file.appendFile(text), close: () => file.close() }
}

function openSocket(where: NetConnectOpts): Promise<Channel> {
  const socket = connect(where)
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // A connection that breaks later is noticed by the next line.
      socket.on('error', () => undefined)
      socket.resume().unref()
      resolve(streamChannel(socket, () => hangUp(socket)))
    })
  })
}

const streamChannel = (stream: Writable, close: () => Promise<void>): Channel => ({
  send: (text) =>
    new Promise((resolve, reject) => {
      if (stream.destroyed) reject(new Error('the connection is closed'))
      stream.write(text, (error) => (error ? reject(error) : resolve()))
    }),
  close,
})

/** Whoever does not take the goodbye does not hold us up. */
async function hangUp(socket: Socket): Promise<void> {
  socket.end()
  setTimeout(() => socket.destroy(), 1000).unref()
}
