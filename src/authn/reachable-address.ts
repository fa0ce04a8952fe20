import { BlockList, isIP } from 'node:net'

/**
 * Where the server never calls: itself, its link, everybody at once, and the metadata services of clouds, which hand credentials to
 * whoever can make a request from the machine. Private ranges are not among them: API servers of clusters live there.
 */
const FORBIDDEN = new BlockList()

for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Metadata of Azure, Alibaba and Oracle, outside of the link-local range.
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
] as const) {
  FORBIDDEN.addSubnet(net, bits, 'ipv4')
}

for (const [net, bits] of [
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  // Metadata of AWS and Google.
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  // What a NAT64 or 6to4 gateway would turn back into 0.0.0.0/8, 127.0.0.0/8 and 169.254.0.0/16.
  ['64:ff9b::', 104],
  ['64:ff9b::7f00:0', 104],
  ['64:ff9b::a9fe:0', 112],
  ['2002::', 24],
  ['2002:7f00::', 24],
  ['2002:a9fe::', 32],
] as const) {
  FORBIDDEN.addSubnet(net, bits, 'ipv6')
}

/** Whether the server may call `address`; never when it is no IP address. The IPv4 form of an IPv6 address counts. */
export function isReachable(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && !FORBIDDEN.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
