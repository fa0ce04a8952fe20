import type { IncomingMessage } from 'node:http'
import { containsAddress, plainAddress } from '#lib/cidr.ts'

/** The address that a request comes from. */
export type ReadAddress = (request: IncomingMessage) => string

/**
 * Reads the address of the client: the peer's, and only when the peer is one of `trustedProxies` (addresses or CIDR) the last address of
 * `X-Forwarded-For` that is not a trusted proxy itself. Without trusted proxies the header is ignored, loopback included
 * (docs/compatibility.md), so that nobody chooses the address it is judged by.
 */
export function addressReader(trustedProxies: readonly string[]): ReadAddress {
  const isTrusted = (address: string): boolean => containsAddress(trustedProxies, address)
  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? '')
    if (trustedProxies.length === 0 || !isTrusted(peer)) return peer
    const forwarded = [request.headers['x-forwarded-for'] ?? []]
      .flat()
      .join(',')
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== '')
    return forwarded.findLast((address) => !isTrusted(address)) ?? forwarded[0] ?? peer
  }
}
