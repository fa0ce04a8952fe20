import type { IncomingMessage } from 'node:http'
import type { Origin, Session } from '#app/session.ts'
import type { Presented } from '#app/authenticate.ts'
import { Failure } from '#lib/failure.ts'
import { readBody } from './body.ts'
import type { BodyShare } from './body-budget.ts'
import type { ReadCertificates } from './client-certificates.ts'

/** One request as a route sees it. `Name` are the names that its path binds. */
export interface Call<Name extends string = string> {
  readonly params: Readonly<Record<Name, string>>
  readonly query: URLSearchParams
  readonly origin: Origin
  /** The session of the bearer; throws `token_invalid` when the request has no good token. */
  session(): Promise<Session>
  /** Name and secret of HTTP Basic; throws `unauthorized` when there are none. */
  basic(account: string): Presented
  /** Whether the request authenticates by HTTP Basic. */
  readonly isBasic: boolean
  /** The body; throws `too_large` beyond the route's limit, `unavailable` beyond the memory that there is for bodies. */
  body(): Promise<Buffer>
  /** A header, its values joined; `''` when absent. */
  header(name: string): string
  /**
   * The certificates of the client, DER, its own first, for which nobody has vouched yet; none when it showed none. Throws `unauthorized` when a
   * trusted proxy's header cannot be read.
   */
  certificates(): readonly Uint8Array[]
}

/** What a call is made of. */
export interface CallParts<Name extends string> {
  readonly request: IncomingMessage
  readonly params: Readonly<Record<Name, string>>
  readonly search: string
  readonly origin: Origin
  readonly maxBody: number
  /** What the body takes of the memory for bodies. */
  readonly share: BodyShare
  readonly readToken: (authorization: string | undefined, origin: Origin) => Promise<Session>
  readonly readCertificates: ReadCertificates
}

/** Shared by all requests without a query, which are most; nothing writes to it. */
const NO_QUERY = new URLSearchParams()

/** The call of a request. */
export function makeCall<Name extends string>(parts: CallParts<Name>): Call<Name> {
  const { request, params, origin } = parts
  const { authorization } = request.headers
  let session: Promise<Session> | undefined
  return {
    params,
    get query() {
      return parts.search === '' ? NO_QUERY : new URLSearchParams(parts.search)
    },
    origin,
    session: () => (session ??= parts.readToken(authorization, origin)),
    basic: (account) => parseBasic(account, authorization),
    isBasic: authorization !== undefined && BASIC.test(authorization),
    body: () => readBody(request, parts.maxBody, parts.share),
    header: (name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : (value?.join(', ') ?? '')
    },
    certificates: () => parts.readCertificates(request),
  }
}

const BASIC = /^Basic +(?<credentials>[A-Za-z0-9+/=_-]+) *$/i

/** RFC 7617: the first colon ends the name. */
function parseBasic(account: string, authorization: string | undefined): Presented {
  const credentials = authorization && BASIC.exec(authorization)?.groups?.['credentials']
  const text = Buffer.from(credentials ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) throw new Failure('unauthorized', 'HTTP Basic credentials are missing')
  return { account, login: text.slice(0, colon), secret: text.slice(colon + 1) }
}
