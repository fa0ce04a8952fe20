import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Outbound } from '#app/authenticator.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { pinnedGet, unreachable, type ResolvedAddress } from './pinned-get.ts'
import { isReachable } from './reachable-address.ts'

/** Limits and exceptions of calls. */
export interface OutboundOptions {
  /** The `host:port` that may be reached although their addresses are loopback, link-local or the like. */
  readonly allow: readonly string[]
  /** For the whole call, from the look-up of the name to the last byte. */
  readonly timeoutMs?: number
  readonly maxBytes?: number
  /** All addresses of a host; asks the system when absent. */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>
}

const systemResolve = (hostname: string): Promise<readonly ResolvedAddress[]> =>
  lookup(hostname, { all: true })

/**
 * Calls that cannot be turned against this server or its surroundings (attack `ssrf`): the name is resolved once and every address
 * of it checked, the connection goes to what was checked, redirects are not followed, and time and size are bounded.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const { timeoutMs = 5000, maxBytes = 1 << 20, resolve = systemResolve } = options
  const allowed = new Set(options.allow.map((host) => host.toLowerCase()))
  return {
    async get(address, { caPem } = {}) {
      const url = mustBeCallable(address)
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const addresses = await before(signal, addressesOf(url, resolve))
        if (!allowed.has(hostAndPort(url))) mustBeReachable(url, addresses)
        return await pinnedGet({ url, addresses, caPem, maxBytes, signal })
      } catch (error) {
        throw error instanceof Failure ? error : unreachable(url, 'cannot be reached', error)
      }
    },
  }
}

function mustBeCallable(address: string): URL {
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
  return url
}

async function addressesOf(
  { hostname }: URL,
  resolve: (hostname: string) => Promise<readonly ResolvedAddress[]>,
): Promise<readonly ResolvedAddress[]> {
  const literal = withoutBrackets(hostname)
  const family = isIP(literal)
  return family === 0 ? resolve(hostname) : [{ address: literal, family }]
}

/** One address that may not be called condemns the name: which one a connection would take is for others to decide. */
function mustBeReachable(url: URL, addresses: readonly ResolvedAddress[]): void {
  const bad = addresses.find(({ address }) => !isReachable(address))
  if (bad === undefined) return
  throw new Failure(
    'forbidden',
    `${quoted(url.host)} is at an address that this server does not call`,
    {
      hint: `list ${hostAndPort(url)} among the allowed addresses if it is meant`,
    },
  )
}

/** The result of `work`, or the reason of `signal` once that fires first. */
function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new Error('the time is over', { cause: signal.reason }))
    }
    signal.addEventListener('abort', giveUp, { once: true })
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', giveUp)
    })
  })
}

const hostAndPort = (url: URL): string =>
  `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`

const withoutBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')
