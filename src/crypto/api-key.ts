import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Crockford's base 32, in lower case: no i, l, o or u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new API key: 256 random bits as eight numbers in Crockford's base 32, none padded, all joined (reference/conjur-api.md
 * 3). `bytes` are random unless a test vector sets them.
 */
export function generateApiKey(bytes: Uint8Array = randomBytes(32)): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = Array.from({ length: bytes.byteLength / 4 }, (_, word) => view.getUint32(word * 4))
  return words.map(crockford).join('')
}

const crockford = (word: number): string =>
  // JavaScript's own base 32 counts 0-9a-v; each digit is replaced by Crockford's of the same value.
  word.toString(32).replaceAll(/./g, (digit) => ALPHABET.charAt(Number.parseInt(digit, 32)))

/** What is kept of an API key. Its 256 random bits need no slow hash: they cannot be searched. */
export const digestApiKey = (key: string | Uint8Array): Buffer =>
  createHash('sha256').update(key).digest()

/** Whether two digests are the same, in a time that does not tell how much of them agrees. */
export const matchesDigest = (digest: Uint8Array, other: Uint8Array): boolean =>
  digest.length === other.length && timingSafeEqual(digest, other)
