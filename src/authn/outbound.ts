import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import type {
  Outbound,
  OutboundAnswer,
  OutboundPurpose,
  OutboundRequest,
  OutboundSockets,
} from '#app/outbound.ts'
import { Failure, quoted } from '#lib/failure.ts'
import {
  before,
  callableAddresses,
  misplaced,
  mustBeListed,
  type HostPermissions,
} from './callable-host.ts'
import { bareHost, isNamed, portOf } from './host-rules.ts'
import { pinnedSend, unreachable, type Route } from './pinned-call.ts'
import { pinnedSocket } from './pinned-socket.ts'
import { proxyFor, type ProxySettings } from './proxy.ts'
import { isReachable } from './reachable-address.ts'
import { turns } from './turns.ts'

/** Limits and exceptions of calls. */
export interface OutboundOptions extends HostPermissions {
  readonly proxy?: ProxySettings
  /** The authorities that may vouch for hosts; those that Node knows when absent. */
  readonly trust?: SecureContext
  /** For the whole call, from the look-up of the name to the last byte. */
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

/** How many calls one host gets at a time, and for how long others may wait for their turn. */
const TURNS = { atOnce: 32, waiting: 20_000, waitMs: 30_000 }

/**
 * Calls that cannot be turned against this server or its surroundings (attack `ssrf`): the name is resolved once and every address
 * of it checked, the connection goes to what was checked, redirects are not followed, and time and size are bounded. Where a proxy
 * looks names up, it answers for what they lead to; addresses, and the names of this machine and of metadata services, are judged here.
 */
export function createOutbound(options: OutboundOptions): Outbound & OutboundSockets {
  const { timeoutMs = 5000, maxBytes = 1 << 20, trust } = options
  const takeTurn = turns(TURNS)

  const call = (url: URL, { caPem, ...request }: OutboundRequest): Promise<OutboundAnswer> =>
    takeTurn(`${url.hostname}:${portOf(url)}`, async () => {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const route = await before(signal, routeTo(url, request.purpose, options))
        return await pinnedSend({ url, route, caPem, trust, maxBytes, signal }, request)
      } catch (error) {
        throw error instanceof Failure ? error : unreachable(url, 'cannot be reached', error)
      }
    })

  return {
    async get(address, asked) {
      const url = mustBeCallable(address, asked.purpose, options)
      const headers = { accept: 'application/json' }
      const { status, body } = await call(url, { ...asked, method: 'GET', headers })
      if (status !== 200) throw unreachable(url, `answered with status ${status}`)
      return body
    },
    async send(address, request) {
      const url = mustBeCallable(address, request.purpose, options)
      mustBePrivate(url, request)
      return call(url, request)
    },
    async open(address, request) {
      const url = mustBeCallable(address, request.purpose, options)
      mustBeTls(url)
      const signal = AbortSignal.timeout(request.timeoutMs)
      const { caPem } = request
      try {
        const route = await before(signal, routeTo(url, request.purpose, options))
        return await pinnedSocket({ url, route, caPem, trust, maxBytes, signal }, request)
      } catch (error) {
        throw error instanceof Failure ? error : unreachable(url, 'cannot be reached', error)
      }
    },
  }
}

function mustBeCallable(address: string, purpose: OutboundPurpose, options: OutboundOptions): URL {
  if (!URL.canParse(address)) throw new Failure('forbidden', 'the address to call is not a URL')
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new Failure(
      'forbidden',
      `${quoted(url.protocol)} is not a protocol that this server calls`,
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new Failure('forbidden', `the URL to call at ${quoted(url.host)} holds credentials`)
  }
  mustBeListed(url, purpose, options)
  return url
}

/** What proves who we are is for nobody else to read, nor is what comes back. */
function mustBePrivate(url: URL, { headers }: OutboundRequest): void {
  const isProof = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  if (isProof) mustBeTls(url)
}

function mustBeTls({ protocol, host }: URL): void {
  if (protocol !== 'https:') {
    throw new Failure('forbidden', `${quoted(host)} is not called without TLS`)
  }
}

async function routeTo(
  url: URL,
  purpose: OutboundPurpose,
  options: OutboundOptions,
): Promise<Route> {
  const proxy = proxyFor(options.proxy, url)
  if (proxy === undefined) return { addresses: await callableAddresses(url, purpose, options) }
  if (!isNamed(options.allow, url, purpose)) mustBeForeign(url, purpose)
  return { proxy }
}

/** What a proxy must not be asked for, so far as it can be told without looking the name up. */
function mustBeForeign(url: URL, purpose: OutboundPurpose): void {
  const host = bareHost(url)
  const isForeign = isIP(host) === 0 ? !OWN_NAMES.test(host) : isReachable(host)
  if (!isForeign) throw misplaced(url, purpose)
}

/** Names of this machine, and of the metadata services of clouds. */
const OWN_NAMES = /^(?:(?:.*\.)?localhost|metadata|metadata\.google\.internal|metadata\.goog)\.?$/
