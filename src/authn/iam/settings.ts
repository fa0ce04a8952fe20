import { endpointIn, GLOBAL } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { refused } from './refusal.ts'

/** The values of the variables that are declared. */
export type Declared = ReadonlyMap<string, string>

/** What an instance accepts. */
export interface IamSettings {
  /** Names of headers that may be signed beside those that every client signs, in lower case. */
  readonly optionalHeaders: ReadonlySet<string>
  /** The endpoints of the regions whose services are asked; those of all that Conjur asks when absent. */
  readonly endpoints: readonly Endpoint[] | undefined
  /** What the header that says for which server a request was signed must hold; nothing is demanded when absent. */
  readonly serverId: string | undefined
  readonly isSingleUse: boolean
}

/** What is set of an instance. Throws `unauthorized`, naming the variable, for a value that cannot be meant. */
export const readSettings = (declared: Declared): IamSettings => ({
  optionalHeaders: optionalHeadersIn(declared.get('optional-signed-headers') ?? ''),
  endpoints: endpointsIn(declared.get('regions')),
  serverId: serverIdIn(declared.get('server-id')),
  isSingleUse: isSingleUse(declared.get('single-use')),
})

/**
 * The partitions of an instance that lists no regions: those that Conjur asks. A number of an account says something within one partition alone,
 * so that whoever wants others says so.
 */
const USUAL_PARTITIONS: ReadonlySet<string> = new Set(['aws', 'aws-us-gov'])

/** Whether callers at an endpoint count for an instance. */
export const asks = (
  { endpoints }: Pick<IamSettings, 'endpoints'>,
  { partition, region }: Endpoint,
): boolean =>
  endpoints === undefined
    ? USUAL_PARTITIONS.has(partition)
    : endpoints.some((endpoint) => endpoint.region === region)

const HEADER = /^[a-z0-9][a-z0-9_-]{0,63}$/

/** What decides how a request travels or what it asks for, and so is nobody's to choose. */
const RESERVED =
  /^(?:accept-encoding|authorization|connection|content-length|cookie|expect|forwarded|host|keep-alive|te|trailer|transfer-encoding|upgrade|via|x-amz-target|(?:proxy|x-forwarded)-.*|x-http-method.*|x-method-.*)$/

function optionalHeadersIn(list: string): ReadonlySet<string> {
  const names = list
    .split(';')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  if (names.every((name) => HEADER.test(name) && !RESERVED.test(name))) return new Set(names)
  throw unfit('optional-signed-headers', 'names something that no client may choose')
}

/** As many as anybody can have; the status asks all of them. */
const MAX_REGIONS = 40

function endpointsIn(list: string | undefined): readonly Endpoint[] | undefined {
  if (list === undefined) return undefined
  const endpoints = list.split(',').map((region) => endpointIn(region.trim()))
  const known = endpoints.filter((endpoint) => endpoint !== undefined)
  if (known.length < endpoints.length) {
    throw unfit('regions', `has something else than regions and ${GLOBAL}`)
  }
  if (known.length > MAX_REGIONS) throw unfit('regions', `has more than ${MAX_REGIONS} regions`)
  return known
}

const PRINTABLE = /^[!-~]{1,255}$/

function serverIdIn(id: string | undefined): string | undefined {
  if (id === undefined || PRINTABLE.test(id)) return id
  throw unfit('server-id', 'is not a word of up to 255 characters of ASCII')
}

function isSingleUse(text = 'false'): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw unfit('single-use', 'is neither true nor false')
}

const unfit = (variable: string, how: string): Error =>
  refused(`CONJ00037E The value of ${variable} ${how}`)
