import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { OutboundPurpose } from '#app/outbound.ts'
import { Failure, quoted } from '#lib/failure.ts'
import { bareHost, isNamed, portOf, type HostRule } from './host-rules.ts'
import type { ResolvedAddress } from './pinned-call.ts'
import { isReachable } from './reachable-address.ts'

/** Which hosts may be called. */
export interface HostPermissions {
  /** What may be reached although its addresses are loopback, link-local or the like. */
  readonly allow: readonly HostRule[]
  /** The only hosts that may be called at all; those that somebody configured anywhere, when there are none. */
  readonly only?: readonly HostRule[]
  /** All addresses of a host; asks the system when absent. */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>
}

const systemResolve = (hostname: string): Promise<readonly ResolvedAddress[]> =>
  lookup(hostname, { all: true })

/** Throws `forbidden` when only other hosts may be called. */
export function mustBeListed(
  url: URL,
  purpose: OutboundPurpose,
  { only = [] }: HostPermissions,
): void {
  if (only.length === 0 || isNamed(only, url, purpose)) return
  throw new Failure('forbidden', `${quoted(url.host)} is not among the hosts that may be called`, {
    hint: `list ${purpose}=${url.hostname}:${portOf(url)} in outbound-only if it is meant`,
  })
}

/** The addresses of a host, looked up once; throws `forbidden` when one of them is not to be called. */
export async function callableAddresses(
  url: URL,
  purpose: OutboundPurpose,
  { allow, resolve = systemResolve }: HostPermissions,
): Promise<readonly ResolvedAddress[]> {
  const addresses = await addressesOf(url, resolve)
  const isException = isNamed(allow, url, purpose)
  const isCallable = isException || addresses.every(({ address }) => isReachable(address))
  // One address that may not be called condemns the name: which one a connection would take is for others to decide.
  if (!isCallable) throw misplaced(url, purpose)
  return addresses
}

/** The refusal to call a host because of where it is. */
export const misplaced = (url: URL, purpose: OutboundPurpose): Failure =>
  new Failure('forbidden', `${quoted(url.host)} is at an address that this server does not call`, {
    hint: `list ${purpose}=${url.hostname}:${portOf(url)} in outbound-allow if it is meant`,
  })

async function addressesOf(
  url: URL,
  resolve: (hostname: string) => Promise<readonly ResolvedAddress[]>,
): Promise<readonly ResolvedAddress[]> {
  const address = bareHost(url)
  const family = isIP(address)
  return family === 0 ? resolve(url.hostname) : [{ address, family }]
}

/** The result of `work`, or a rejection once `signal` fires. */
export function before<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
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
