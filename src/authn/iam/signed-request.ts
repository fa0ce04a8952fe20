import { parseTime } from '#lib/iso8601.ts'
import { quoted } from '#lib/failure.ts'
import { parseAuthorization } from './authorization.ts'
import type { Authorization } from './authorization.ts'
import { endpointAt } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { headersIn } from './header-object.ts'
import { refused } from './refusal.ts'
import { asks } from './settings.ts'
import type { IamSettings } from './settings.ts'

/** A request to the Security Token Service that somebody else signed, as far as it can be judged without asking. */
export interface SignedRequest {
  /** Where it is for, and for nowhere else: the host is signed. */
  readonly endpoint: Endpoint
  /** The region that it is signed for. */
  readonly region: string
  /** What goes along, without the host. */
  readonly headers: Readonly<Record<string, string>>
  readonly signature: string
  /** When it is too old, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** The header that says for which server a request was signed, where the instance demands it. */
const SERVER_ID = 'x-strongroom-server-id'

/** What clients sign (reference/conjur-api.md 6.9). */
const USUAL: ReadonlySet<string> = new Set([
  'host',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

/** What a signature is worthless without: for whom it is, and since when. */
const NEEDED: readonly string[] = ['host', 'x-amz-date']

/** How far the time of a request may be from ours, in milliseconds: as far as AWS has it. */
const WINDOW = 900_000

/** SHA-256 of nothing: what is asked has no body. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

type Headers = ReadonlyMap<string, string>

/**
 * Reads the signed headers in a body and throws `unauthorized` for those that cannot prove anything here, so that they cost no call: malformed
 * ones, those for another host or region or too far from `now`, and those with a header that nobody expects.
 *
 * What is asked is not theirs to say. The method, the path, the query and the empty body are part of what a signature of this kind covers
 * (AWS Signature Version 4), and are ours: one that was made for another action fails when AWS computes it again.
 */
export function readSignedRequest(
  body: Uint8Array,
  settings: IamSettings,
  now: number,
): SignedRequest {
  const headers = headersIn(body)
  const authorization = parseAuthorization(headers.get('authorization') ?? '')
  mustSignOnly(authorization.signed, headers, settings)
  mustBeForUs(authorization, headers, settings)
  mustHaveNoBody(headers)
  const endpoint = mustBeEndpoint(headers, authorization, settings)
  return {
    endpoint,
    region: authorization.region,
    headers: sentHeaders(headers, authorization.signed),
    signature: authorization.signature,
    expiresAt: signedAt(headers, authorization, now) + WINDOW,
  }
}

function mustSignOnly(
  signed: readonly string[],
  headers: Headers,
  { optionalHeaders, serverId }: IamSettings,
): void {
  if (new Set(signed).size < signed.length) throw unfit('A header is signed twice')
  const needed = NEEDED.find((name) => !signed.includes(name))
  if (needed !== undefined) throw unfit(`The header ${needed} is not signed`)
  const missing = signed.find((name) => !headers.has(name))
  if (missing !== undefined) throw unfit(`The signed header ${quoted(missing)} is missing`)
  const isExpected = (name: string): boolean =>
    USUAL.has(name) || optionalHeaders.has(name) || (name === SERVER_ID && serverId !== undefined)
  const unexpected = signed.find((name) => !isExpected(name))
  if (unexpected !== undefined) {
    throw unfit(`The signed header ${quoted(unexpected)} is not in optional-signed-headers`)
  }
}

/** What was signed for another server proves nothing here, whoever brings it. */
function mustBeForUs({ signed }: Authorization, headers: Headers, { serverId }: IamSettings): void {
  if (serverId === undefined) return
  if (signed.includes(SERVER_ID) && headers.get(SERVER_ID) === serverId) return
  throw unfit(`The header ${SERVER_ID} is not signed, or names another server`)
}

function mustHaveNoBody(headers: Headers): void {
  if ((headers.get('x-amz-content-sha256') ?? EMPTY_HASH) !== EMPTY_HASH) {
    throw unfit('The signed request has a body')
  }
}

function mustBeEndpoint(
  headers: Headers,
  { region }: Authorization,
  settings: IamSettings,
): Endpoint {
  const endpoint = endpointAt(headers.get('host') ?? '')
  if (endpoint === undefined) throw unfit('The header host is not that of AWS STS in a region')
  if (endpoint.region !== undefined && endpoint.region !== region) {
    throw unfit('The header host is of another region than the signature')
  }
  if (asks(settings, endpoint)) return endpoint
  throw unfit(`The host ${endpoint.host} is not among the regions of this authenticator`)
}

const TIME = /^(?<day>\d{8})T(?<hours>\d\d)(?<minutes>\d\d)(?<seconds>\d\d)Z$/

function signedAt(headers: Headers, authorization: Authorization, now: number): number {
  const {
    day = '',
    hours,
    minutes,
    seconds,
  } = TIME.exec(headers.get('x-amz-date') ?? '')?.groups ?? {}
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
  const time = parseTime(`${date}T${hours}:${minutes}:${seconds}Z`)?.getTime()
  if (time === undefined) throw unfit('The header x-amz-date is not a time')
  if (day !== authorization.day) throw unfit('The header x-amz-date is of another day')
  if (Math.abs(now - time) >= WINDOW) throw unfit('The signed request is too old, or not yet valid')
  return time
}

/** What is not signed stays here, but for what AWS knows temporary credentials by, of which it judges itself. */
const sentHeaders = (headers: Headers, signed: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    [...new Set([...signed, 'authorization', 'x-amz-security-token'])].flatMap((name) => {
      const value = headers.get(name)
      return name === 'host' || value === undefined ? [] : [[name, value]]
    }),
  )

const unfit = (how: string): Error => refused(`CONJ00018E ${how}`)
