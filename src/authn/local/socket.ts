import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { AuthenticateLocal } from '#app/authenticate-local.ts'
import { Failure } from '#lib/failure.ts'
import type { Log } from '#lib/log.ts'
import { mustBePrivate, preparePlace } from './place.ts'
import { readRequest } from './request.ts'

/** What the socket stands on. */
export interface LocalSocketParts {
  readonly authenticate: AuthenticateLocal
  /** The account of requests that name none. */
  readonly account: string
  readonly log: Log
  /** How long a line may take, in milliseconds; {@link LINE_MS} unless said otherwise. */
  readonly lineMs?: number
}

/** A socket that listens. */
export interface LocalSocket {
  /** Stops listening, lets what is under way end, and removes the socket. */
  close(): Promise<void>
}

const LINE_MS = 1000
/** How long whoever asked may take to read the answer and leave, in milliseconds. */
const LEAVE_MS = 5000
const MAX_LINE = 16 * 1024
/** Further connections are closed at once. */
const MAX_CONNECTIONS = 64
/** A burst of callers waits; libuv does not try again where a place is not free. */
const BACKLOG = 128

/** Everything but reading and writing for the owner is taken from the mode. */
const OWNER_ONLY = 0o177

/**
 * Hands out access tokens on the Unix socket at `path`, which only the owner of the process (and root) may open: one line a connection, and a
 * token or an empty line for an answer (reference/conjur-api.md 2.5). Node does not tell who is on the other side, so that the mode of the
 * socket and the owner of its folder are all the protection that there is. Throws `configuration` when they cannot be had.
 */
export async function openLocalSocket(path: string, parts: LocalSocketParts): Promise<LocalSocket> {
  await preparePlace(path)
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket, parts))
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, path)
  try {
    await mustBePrivate(path)
  } catch (error) {
    await closed(server)
    throw error
  }
  server.on('error', (error) => parts.log.error('the local socket failed', { error }))
  return { close: () => closed(server) }
}

/** The mask holds from the moment at which the socket appears: to change its mode afterwards would be too late for who waits for it. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Failure('configuration', `cannot listen on local-socket ${path}`, { cause }))
    })
    const mask = process.umask(OWNER_ONLY)
    try {
      server.listen({ path, backlog: BACKLOG }, resolve)
    } finally {
      process.umask(mask)
    }
  })
}

/** The file goes with the server. */
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
  })

async function serve(socket: Socket, parts: LocalSocketParts): Promise<void> {
  // Whoever is gone is told nothing.
  socket.on('error', () => socket.destroy())
  const line = await lineOf(socket, parts.lineMs ?? LINE_MS)
  const answer = line === undefined ? '' : await answerTo(line, parts)
  if (socket.destroyed) return
  socket.end(`${answer}\n`)
  // The other side may leave its half open for ever.
  setTimeout(() => socket.destroy(), LEAVE_MS).unref()
}

async function answerTo(
  line: string,
  { authenticate, account, log }: LocalSocketParts,
): Promise<string> {
  const request = randomUUID()
  try {
    return JSON.stringify(await authenticate({ ...readRequest(line, account), request }))
  } catch (error) {
    if (error instanceof Failure) log.warn('a local request was refused', { request, error })
    else log.error('a local request failed', { request, error })
    return ''
  }
}

/** The first line, or all there is when it ends before; `undefined` when it is too long, does not come in time, or nobody is there. */
function lineOf(socket: Socket, ms: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const settle = (line: string | undefined): void => {
      clearTimeout(late)
      socket.removeListener('data', take)
      socket.resume()
      resolve(line)
    }
    const take = (chunk: string): void => {
      text += chunk
      const end = text.indexOf('\n')
      if (text.length > MAX_LINE) settle(undefined)
      else if (end !== -1) settle(text.slice(0, end))
    }
    const late = setTimeout(() => settle(undefined), ms)
    socket.setEncoding('utf8')
    socket.on('data', take)
    socket.once('end', () => settle(text))
    socket.once('close', () => settle(undefined))
  })
}
