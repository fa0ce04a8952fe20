import { BlockList, isIP } from 'node:net'

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** The IPv4 form of an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`), anything else as it is. */
export const plainAddress = (address: string): string =>
  address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4
    ? address.slice(7)
    : address

/**
 * Whether `address` lies in one of `cidrs` (`10.0.0.0/8`, `::1/128`, or a bare address). No range at all contains nothing;
 * an address that is not one is contained nowhere.
 */
export function containsAddress(cidrs: readonly string[], address: string): boolean {
  const plain = plainAddress(address)
  if (isIP(plain) === 0) return false
  const ranges = new BlockList()
  for (const cidr of cidrs) {
    const [base = '', bits] = cidr.split('/')
    const widest = isIP(base) === 4 ? 32 : 128
    ranges.addSubnet(base, bits === undefined ? widest : Number(bits), family(base))
  }
  return ranges.check(plain, family(plain))
}
