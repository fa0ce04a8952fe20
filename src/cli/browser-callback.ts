import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { Failure } from '#lib/failure.ts'

/** Where the browser comes back to, and what it must bring along. */
export interface Expected {
  /** On this machine; port 0 stands for any that is free. */
  readonly callback: URL
  readonly state: string
  readonly words: CallbackWords
}

/** What is said of how it went. */
export interface CallbackWords {
  /** To the browser, when it brought a code: without final period. */
  readonly came: string
  /** To the browser, when it brought none. */
  readonly failed: string
  /** Who did not give a code; the reason follows. */
  readonly refused: string
  /** When nobody came in time. */
  readonly late: string
}

const PATIENCE_MS = 5 * 60 * 1000

/** What the browser brought, and what was begun for it. */
export interface Brought<Begun> {
  readonly code: string
  readonly begun: Begun
}

/**
 * Listens on this machine for the browser that comes back, calls `begin` with the port when it listens, and resolves to the code that is
 * brought. A visit without the right `state` is turned away and changes nothing. Throws `unauthorized` when there is
 * no code or nobody came within five minutes of the beginning, `configuration` when it cannot listen there.
 */
export async function awaitCode<Begun>(
  expected: Expected,
  begin: (port: number) => Promise<Begun>,
): Promise<Brought<Begun>> {
  const { callback, words } = expected
  const { promise: code, resolve, reject } = Promise.withResolvers<string>()
  // Told by the await below, or by nobody when there is none.
  code.catch(() => undefined)
  const server = createServer((request, response) => {
    const visit = visitOf(request, expected)
    // The connections are cut once it is known, so the page goes first.
    response.once('close', () => {
      if (visit.kind === 'code') resolve(visit.code)
      if (visit.kind === 'refused') reject(new Failure('unauthorized', visit.message))
    })
    answer(response, visit, words)
  })
  server.requestTimeout = 10_000
  try {
    const begun = await begin(await listening(server, callback))
    return { code: await inTime(code, words.late), begun }
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function inTime(code: Promise<string>, late: string): Promise<string> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Failure('unauthorized', late)), PATIENCE_MS)
  try {
    return await Promise.race([code, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function listening(
  server: ReturnType<typeof createServer>,
  { hostname, port }: URL,
): Promise<number> {
  const host = hostname === '[::1]' ? '::1' : '127.0.0.1'
  try {
    server.listen(port === '' ? 80 : Number(port), host)
    await once(server, 'listening')
  } catch (error) {
    throw new Failure('configuration', `cannot listen on port ${port} for the browser`, {
      cause: error,
      hint: 'another login may be under way, or another program uses the port',
    })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

type Visit =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'stranger' }

/** What a visit brings; whatever it says counts only with the right state. */
function visitOf(
  { method, url = '' }: IncomingMessage,
  { callback, state, words }: Expected,
): Visit {
  const visited = URL.parse(url, callback.href)
  if (method !== 'GET' || visited?.pathname !== callback.pathname) return { kind: 'stranger' }
  const query = visited.searchParams
  if (query.get('state') !== state) return { kind: 'stranger' }
  const code = query.get('code')
  return code === null || code === ''
    ? { kind: 'refused', message: `${words.refused}: ${reasonIn(query)}` }
    : { kind: 'code', code }
}

/** The code of an error (RFC 6749 4.1.2.1); anything that is none is not repeated. */
const reasonIn = (query: URLSearchParams): string =>
  /^[\w.-]{1,60}$/.exec(query.get('error') ?? '')?.[0] ?? 'unknown reason'

const STATUS: Readonly<Record<Visit['kind'], number>> = { code: 200, refused: 403, stranger: 404 }

/** Nothing of the visit stands on the page (attack `oidc`: reflected descriptions). */
function answer(response: ServerResponse, { kind }: Visit, { came, failed }: CallbackWords): void {
  response.writeHead(STATUS[kind], {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  })
  const outcome = kind === 'code' ? came : failed
  response.end(
    kind === 'stranger'
      ? 'There is nothing here.\n'
      : `${outcome}. You may close this window and return to the terminal.\n`,
  )
}
