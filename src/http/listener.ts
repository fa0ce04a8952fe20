import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { maskedPath } from '#api/masked-path.ts'
import type { Origin, Session } from '#app/session.ts'
import type { Log } from '#lib/log.ts'
import type { Answer } from './answer.ts'
import { createBodyBudget } from './body-budget.ts'
import type { BodyBudget, BodyShare } from './body-budget.ts'
import { makeCall } from './call.ts'
import { failureAnswer } from './failure-answer.ts'
import type { ReadAddress } from './client-address.ts'
import type { ReadCertificates } from './client-certificates.ts'
import { noSuchRoute } from './route.ts'
import type { Match, Router } from './router.ts'
import type { Route } from './route.ts'
import type { Traffic } from './traffic.ts'
import { familyOf, mustAcceptV2 } from './v2.ts'

/** What answering requests stands on. */
export interface ListenerParts {
  readonly router: Router
  /** The session of the bearer of an `Authorization` header; throws `token_invalid`. */
  readonly readToken: (authorization: string | undefined, origin: Origin) => Promise<Session>
  readonly readAddress: ReadAddress
  readonly readCertificates: ReadCertificates
  readonly log: Log
  /** Absent when nobody wants to know. */
  readonly traffic?: Traffic
  /** How many bytes large bodies may take together; {@link USUAL_BODIES} unless said otherwise. */
  readonly bodyBytes?: number
}

/** The memory for large bodies: four of the largest policies at once, or sixteen of the largest secrets. */
const USUAL_BODIES = 256 * 1024 * 1024

/** The parts of a listener that runs. */
interface RunningParts extends ListenerParts {
  readonly bodies: BodyBudget
}

/** Answers one request, whatever happens; never throws and never rejects. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export function createListener(parts: ListenerParts): Listener {
  const running = { ...parts, bodies: createBodyBudget(parts.bodyBytes ?? USUAL_BODIES) }
  return (request, response) => void serve(running, request, response)
}

async function serve(
  parts: RunningParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const origin = { clientIp: parts.readAddress(request), request: requestId(request) }
  const exchange = parts.traffic?.begin()
  const share = parts.bodies.open()
  let family = familyOf(request.headers.accept)
  const progress: Progress = {
    share,
    found: (route) => exchange?.of(route),
    admitted(route) {
      if (route.family === 'v2') family = 'v2'
    },
  }
  try {
    const answered = await answer(parts, request, origin, progress)
    send(request, response, answered, origin.request)
    exchange?.end(answered.status)
  } catch (error) {
    const refusal = failureAnswer(error, origin.request, family)
    logFailure(parts.log, { request, origin, status: refusal.status }, error)
    send(request, response, refusal, origin.request)
    exchange?.end(refusal.status, error)
  } finally {
    share.close()
  }
}

/** Told how far a request has come, which decides what a refusal looks like, and what of it is held meanwhile. */
interface Progress {
  readonly share: BodyShare
  found(route: Route): void
  /** The bearer of the request passed the token gate, whose refusals are the same for all routes (reference/conjur-api.md 1.2). */
  admitted(route: Route): void
}

async function answer(
  parts: ListenerParts,
  request: IncomingMessage,
  origin: Origin,
  progress: Progress,
): Promise<Answer> {
  const { url = '/', method = 'GET' } = request
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  const search = question === -1 ? '' : url.slice(question + 1)
  const match = parts.router.find(method, path)
  if (match === undefined) return refuseUnknown(parts, request, origin)
  const { route, params } = match
  progress.found(route)
  const call = makeCall({
    request,
    params,
    search,
    origin,
    maxBody: route.maxBody,
    share: progress.share,
    readToken: parts.readToken,
    readCertificates: parts.readCertificates,
  })
  // The gate of reference/conjur-api.md 1.2: before the route looks at anything else of the request.
  if (needsToken(match, call.isBasic)) await call.session()
  progress.admitted(route)
  if (route.family === 'v2') mustAcceptV2(request.headers.accept)
  return route.handle(call)
}

const needsToken = ({ route }: Match, isBasic: boolean): boolean =>
  route.access === 'token' || (route.access === 'either' && !isBasic)

/** A path that does not exist is told only to the bearer of a token: everybody else learns nothing of our paths. */
async function refuseUnknown(
  { readToken }: ListenerParts,
  request: IncomingMessage,
  origin: Origin,
): Promise<never> {
  await readToken(request.headers.authorization, origin)
  throw noSuchRoute()
}

const REQUEST_ID = /^[\w.:-]{1,64}$/

/** The id that the client gave, when it is one, so that its log and ours can be laid side by side. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body, headers = [] }: Answer,
  id: string,
): void {
  const length = body === undefined ? 0 : Buffer.byteLength(body)
  response.writeHead(status, [
    ...(type === undefined ? [] : ['Content-Type', type]),
    ...(status === 204 ? [] : ['Content-Length', String(length)]),
    'X-Content-Type-Options',
    'nosniff',
    'X-Request-Id',
    id,
    // A body that was not read to its end would be taken for the next request.
    ...(isSending(request) ? ['Connection', 'close'] : []),
    ...headers,
  ])
  if (isSending(request) && !request.destroyed) endLater(request, response, body)
  else end(request, response, body)
}

const isSending = ({ complete, method }: IncomingMessage): boolean => !complete && method !== 'GET'

function end(request: IncomingMessage, response: ServerResponse, body: Answer['body']): void {
  if (request.method === 'HEAD' || body === undefined) response.end()
  else if (typeof body === 'string') response.end(body)
  else sendBytes(response, body)
}

/** How long a client may go on sending what is thrown away, in milliseconds. */
const LINGER_MS = 1000

/**
 * Answers a client that is still sending, and closes the connection when it has ended or after a while: closed at once it would be reset,
 * and the answer lost with it (RFC 9112 section 9.6).
 */
function endLater(request: IncomingMessage, response: ServerResponse, body: Answer['body']): void {
  const close = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(close, LINGER_MS)
  if (body === undefined || body.length === 0) response.flushHeaders()
  else response.write(body)
  request.once('end', close).once('close', close).resume()
}

/** Bytes up to this many go out in one piece with the headers. */
const SMALL = 16 * 1024

/**
 * Small bytes are sent as a text of one byte a character: Node then writes headers and body in one piece, which spares 5 µs of
 * the 15 that it needs for an answer. The bytes themselves, which may be a secret, are wiped.
 */
function sendBytes(response: ServerResponse, body: Uint8Array): void {
  if (body.byteLength > SMALL) {
    response.end(body)
    return
  }
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  body.fill(0)
  response.end(text, 'latin1')
}

/** The path is logged without its query; a refusal that clients cause is no news to an operator unless asked for. */
function logFailure(
  log: Log,
  { request, origin, status }: { request: IncomingMessage; origin: Origin; status: number },
  error: unknown,
): void {
  const facts = {
    request: origin.request,
    method: request.method,
    path: maskedPath((request.url ?? '/').split('?', 1).join('')),
    client: origin.clientIp,
    status,
    error,
  }
  if (status === 500) log.error('a request failed', facts)
  else if (status > 500) log.warn('a request could not be served', facts)
  else log.debug('a request was refused', facts)
}
