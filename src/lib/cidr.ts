import { BlockList, isIP, SocketAddress } from 'node:net'

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** The IPv4 form of an IPv4-mapped IPv6 address (`::ffff:10.0.0.1`), anything else as it is. */
export const plainAddress = (address: string): string =>
  address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4
    ? address.slice(7)
    : address

/** An address in the one spelling in which it can be compared, without the zone of a link; anything else as it is. */
export function canonicalAddress(address: string): string {
  const plain = plainAddress(address)
  if (isIP(plain) !== 6) return plain
  const [bare = ''] = plain.split('%', 1)
  return plainAddress(new SocketAddress({ address: bare, family: 'ipv6' }).address)
}

/** Whether `text` is an address, of IPv4 or IPv6. */
export const isAddress = (text: string): boolean => isIP(text) !== 0

/** Whether {@link containsAddress} can look into `text`: an address, or a block of them such as `10.0.0.0/8`. */
export function isRange(text: string): boolean {
  const [base = '', bits, ...more] = text.split('/')
  if (isIP(base) === 0 || base.includes('%') || more.length > 0) return false
  const widest = isIP(base) === 4 ? 32 : 128
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= widest)
}

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

/**
 * The network that one customer of an access provider has: an IPv4 address itself, of an IPv6 address the first 64 bits, in one
 * spelling. Anything else as it is.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (isIP(plain) !== 6) return plain
  const [head = '', tail] = plain.toLowerCase().split('%', 1).join('').split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - groups.length - widthOf(last)
  const all = [...groups, ...Array.from({ length: Math.max(gap, 0) }, () => '0'), ...last]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** In groups: an IPv4 address at the end of an IPv6 one stands for two. */
const widthOf = (groups: readonly string[]): number =>
  groups.length + Number(groups.at(-1)?.includes('.') === true)
