/** What reading an address gives: the block in its normal form, or what is wrong. */
export type CidrResult =
  | { readonly cidr: string }
  | { readonly fault: 'malformed' }
  | { readonly fault: 'host-bits'; readonly suggestion: string }

/** What to do about what is no address (reference/conjur-api.md 4.9). */
export const CIDR_ADVICE =
  'Make sure your address or range is in the correct format (e.g. 192.168.1.0 or 192.168.1.0/16)'

/**
 * An address or a block of addresses, of IPv4 or IPv6, in normal form: a bare address gets `/32` or `/128`. Bits to the
 * right of the mask must be zero (reference/conjur-api.md 4.3); the suggestion is the block without them.
 */
export function parseCidr(text: string): CidrResult {
  const [address = '', mask, ...rest] = text.split('/')
  const words = address.includes(':') ? parseIpv6(address) : parseIpv4(address)
  if (words === undefined || rest.length > 0) return { fault: 'malformed' }
  const bits = words.length * 16
  const prefix = mask === undefined ? bits : parsePrefix(mask, bits)
  if (prefix === undefined) return { fault: 'malformed' }
  const network = words.map((word, index) => word & maskOfWord(prefix - index * 16))
  const cidr = `${printAddress(network)}/${prefix}`
  return network.every((word, index) => word === words[index])
    ? { cidr }
    : { fault: 'host-bits', suggestion: cidr }
}

/** The 16 bits of the mask that cover a word, when `ones` of it remain. */
const maskOfWord = (ones: number): number =>
  (0xff_ff << (16 - Math.min(16, Math.max(0, ones)))) & 0xff_ff

function parsePrefix(text: string, bits: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined
  const prefix = Number(text)
  return prefix <= bits ? prefix : undefined
}

/** Four bytes as two words. A leading zero is refused: some read it as octal. */
function parseIpv4(text: string): readonly number[] | undefined {
  const bytes = text.split('.')
  if (bytes.length !== 4 || !bytes.every((byte) => /^(?:0|[1-9]\d{0,2})$/.test(byte)))
    return undefined
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number)
  if (Math.max(a, b, c, d) > 255) return undefined
  return [(a << 8) | b, (c << 8) | d]
}

function parseIpv6(text: string): readonly number[] | undefined {
  const [before = '', after, ...rest] = text.split('::')
  const head = parseWords(before)
  if (head === undefined || rest.length > 0) return undefined
  if (after === undefined) return head.length === 8 ? head : undefined
  const tail = before.includes('.') ? undefined : parseWords(after)
  if (tail === undefined || head.length + tail.length > 7) return undefined
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

/** The words between colons; the last may be an IPv4 address. */
function parseWords(text: string): readonly number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  if (groups.length > 8) return undefined
  const words: number[] = []
  for (const [index, group] of groups.entries()) {
    const isLast = index === groups.length - 1
    const parsed =
      isLast && group.includes('.')
        ? parseIpv4(group)
        : /^[0-9a-f]{1,4}$/i.test(group) && [Number.parseInt(group, 16)]
    if (!parsed) return undefined
    words.push(...parsed)
  }
  return words
}

function printAddress(words: readonly number[]): string {
  if (words.length === 2) return words.flatMap((word) => [word >> 8, word & 255]).join('.')
  const groups = words.map((word) => word.toString(16))
  const { start, length } = longestZeros(words)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

/** The first of the longest runs of zero words (RFC 5952 4.2.3). */
function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, word] of words.entries()) {
    if (word !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}
