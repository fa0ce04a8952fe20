import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto'
import { Failure, quoted } from '#lib/failure.ts'

// A sealed blob: version (1 byte), id of the key (uint32), iv (12), tag (16), ciphertext. The first two and the context
// are authenticated with it.

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
  cipher.setAAD(additionalData(header, context))
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, iv, cipher.getAuthTag(), text])
}

/**
 * What was sealed in `blob`; the caller zeroes it after use. Throws `corrupt`, naming the context and nothing of the data,
 * when the blob was altered or was sealed under another key or in another context.
 */
export function open(key: SealingKey, blob: Uint8Array, context: SealingContext): Buffer {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  mustBeBlob(bytes, context)
  const header = bytes.subarray(0, HEADER_BYTES)
  const iv = bytes.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key.key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(additionalData(header, context))
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

/** The id of the key under which `blob` was sealed; throws `corrupt` when it is no blob. */
export function sealingKeyIdOf(blob: Uint8Array, context: SealingContext): number {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  mustBeBlob(bytes, context)
  return bytes.readUInt32BE(1)
}

/** The failure of a blob that does not open in `context`. */
export const corrupt = (context: SealingContext, options?: ErrorOptions): Failure =>
  new Failure('corrupt', `the stored ${quoted(context.join(' '))} does not open`, options)

function mustBeBlob(bytes: Buffer, context: SealingContext): void {
  if (bytes.length < TEXT_START || bytes[0] !== VERSION) throw corrupt(context)
}

/**
 * Each text goes with its length before it, so that no two contexts give the same bytes. Into one buffer, because this
 * runs for every value that is read.
 */
function additionalData(header: Buffer, context: SealingContext): Buffer {
  const size = context.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), HEADER_BYTES)
  const data = Buffer.allocUnsafe(size)
  header.copy(data)
  let end = HEADER_BYTES
  for (const text of context) {
    const length = data.write(text, end + 4)
    data.writeUInt32BE(length, end)
    end += 4 + length
  }
  return data
}
