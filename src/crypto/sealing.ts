import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto'
import { Failure, quoted } from '#lib/failure.ts'

// A sealed blob: version (1 byte), id of the key (uint32), iv (12), tag (16), ciphertext. The first two and the context
// are authenticated with it, as text: `1.7.` and then each part of the context with its length before it.

const VERSION = 1
const HEADER_BYTES = 5
const IV_BYTES = 12
const TAG_BYTES = 16
const TEXT_START = HEADER_BYTES + IV_BYTES + TAG_BYTES

/** A key that seals: AES-256, as a `KeyObject` because OpenSSL then prepares it once and not for each value. */
export interface SealingKey {
  /** From 0 to 2^32 - 1. */
  readonly id: number
  readonly key: KeyObject
}

/**
 * What a blob is bound to: its purpose and place, for instance `secret`, the resource and the version. A blob opens in the
 * context in which it was sealed and in no other, so rows cannot be swapped or rolled back unnoticed.
 */
export type SealingContext = readonly string[]

/** `plaintext` under AES-256-GCM with a random iv; a key must not seal more than 2^32 values (NIST SP 800-38D 8.3). */
export function seal(key: SealingKey, plaintext: Uint8Array, context: SealingContext): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(VERSION, 0)
  header.writeUInt32BE(key.id, 1)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.key, iv)
  cipher.setAAD(additionalData(key.id, context))
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, iv, cipher.getAuthTag(), text])
}

/**
 * What was sealed in `blob` under the key that `keyOf` has for its id; the caller zeroes it after use. Throws `corrupt`, naming the
 * context and nothing of the data, when the blob was altered or was sealed under another key or in another context.
 */
export function open(
  keyOf: (id: number) => SealingKey | undefined,
  blob: Uint8Array,
  context: SealingContext,
): Buffer {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  if (bytes.length < TEXT_START || bytes[0] !== VERSION) throw corrupt(context)
  const id = bytes.readUInt32BE(1)
  const key = keyOf(id)
  if (key === undefined) throw corrupt(context)
  const iv = bytes.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key.key, iv, GCM)
  decipher.setAAD(additionalData(id, context))
  decipher.setAuthTag(bytes.subarray(HEADER_BYTES + IV_BYTES, TEXT_START))
  const text = decipher.update(bytes.subarray(TEXT_START))
  try {
    decipher.final()
  } catch (cause) {
    text.fill(0)
    throw corrupt(context, { cause })
  }
  return text
}

const GCM = { authTagLength: TAG_BYTES }

/** The failure of a blob that does not open in `context`. */
const corrupt = (context: SealingContext, options?: ErrorOptions): Failure =>
  new Failure('corrupt', `the stored ${quoted(context.join(' '))} does not open`, options)

/**
 * Each part goes with its length before it, so that no two contexts give the same bytes. One text and one conversion,
 * because this runs for every value that is read.
 */
function additionalData(keyId: number, context: SealingContext): Buffer {
  let text = `${VERSION}.${keyId}.`
  for (const part of context) text += `${part.length}:${part}`
  return Buffer.from(text)
}
