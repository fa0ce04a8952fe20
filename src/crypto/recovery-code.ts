import { hash, randomInt } from 'node:crypto'

// A code has 80 random bits: nobody finds one by its digest, so a fast hash keeps it as safe as a slow one would, and one look-up finds it.

/** How many codes somebody gets at a time. */
const CODES = 10

/** Crockford's base32, which has none of the letters that are taken for others. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const LENGTH = 16

const SHAPE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

/** Letters that people read where there is a digit. */
const LOOKALIKES: ReadonlyMap<string, string> = new Map([
  ['O', '0'],
  ['I', '1'],
  ['L', '1'],
])

/** A code as its owner gets it, and what is kept of it. */
export interface RecoveryCode {
  /** Grouped for reading: `7WK2-0FZQ-M3TB-XA19`. */
  readonly code: string
  readonly digest: Uint8Array
}

/** New recovery codes for `owner`. */
export const newRecoveryCodes = (owner: string): readonly RecoveryCode[] =>
  Array.from({ length: CODES }, () => {
    const plain = Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length)))
    const code = plain.join('').replaceAll(/.{4}(?=.)/g, '$&-')
    return { code, digest: digestOf(owner, plain.join('')) }
  })

/**
 * What is kept of a recovery code of `owner`: the same for every way to write it, with or without hyphens and white space, in capitals or not;
 * `undefined` for what cannot be one.
 */
export function recoveryCodeDigest(owner: string, text: string): Uint8Array | undefined {
  const plain = text
    .replaceAll(/[\s-]/g, '')
    .toUpperCase()
    .replaceAll(/[OIL]/g, (letter) => LOOKALIKES.get(letter) ?? letter)
  return SHAPE.test(plain) ? digestOf(owner, plain) : undefined
}

const digestOf = (owner: string, plain: string): Uint8Array =>
  hash('sha256', ['recovery-code', owner, plain].join('\0'), 'buffer')
