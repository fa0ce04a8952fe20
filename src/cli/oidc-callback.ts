import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { Failure } from '#lib/failure.ts'

/** Where the browser comes back to, and what it must bring along. */
export interface Expected {
  readonly callback: URL
  readonly state: string
}

const PATIENCE_MS = 5 * 60 * 1000

/**
 * Listens on this machine for the browser that comes back from the provider, calls `begin` when it listens, and resolves to the code that is
 * brought. A visit without the right `state` is turned away and changes nothing. Throws `unauthorized` when the
 * provider refused or nobody came in time, `configuration` when it cannot listen there.
 */
export async function awaitCode(
  { callback, state }: Expected,
  begin: () => Promise<void>,
): Promise<string> {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>()
  // Told by the await below, or by nobody when there is none.
  code.catch(() => undefined)
  const server = createServer((request, response) => {
    const visit = visitOf(request, callback, state)
    // The connections are cut once it is known, so the page goes first.
    response.once('close', () => {
      if (visit.kind === 'code') resolve(visit.code)
      if (visit.kind === 'refused') reject(new Failure('unauthorized', visit.message))
    })
    answer(response, visit)
  })
  server.requestTimeout = 10_000
  const late = setTimeout(
    () => reject(new Failure('unauthorized', 'nobody logged in within 5 minutes')),
    PATIENCE_MS,
  )
  try {
    await listening(server, callback)
    await begin()
    return await code
  } finally {
    clearTimeout(late)
    server.close()
    server.closeAllConnections()
  }
}

async function listening(
  server: ReturnType<typeof createServer>,
  { hostname, port }: URL,
): Promise<void> {
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
}

type Visit =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'stranger' }

/** What a visit brings; whatever it says counts only with the right state. */
function visitOf({ method, url = '' }: IncomingMessage, callback: URL, state: string): Visit {
  const visited = URL.parse(url, callback.href)
  if (method !== 'GET' || visited?.pathname !== callback.pathname) return { kind: 'stranger' }
  const query = visited.searchParams
  if (query.get('state') !== state) return { kind: 'stranger' }
  const code = query.get('code')
  return code === null || code === ''
    ? { kind: 'refused', message: `the provider refused: ${reasonIn(query)}` }
    : { kind: 'code', code }
}

/** The code of an error (RFC 6749 4.1.2.1); anything that is none is not repeated. */
const reasonIn = (query: URLSearchParams): string =>
  /^[\w.-]{1,60}$/.exec(query.get('error') ?? '')?.[0] ?? 'unknown reason'

const PAGES: Readonly<Record<Visit['kind'], readonly [status: number, text: string]>> = {
  code: [200, 'Logged in. You may close this window and return to the terminal.'],
  refused: [403, 'Not logged in. You may close this window and return to the terminal.'],
  stranger: [404, 'There is nothing here.'],
}

/** Nothing of the visit stands on the page (attack `oidc`: reflected descriptions). */
function answer(response: ServerResponse, { kind }: Visit): void {
  const [status, text] = PAGES[kind]
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  })
  response.end(`${text}\n`)
}
