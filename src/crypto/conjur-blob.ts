import { createDecipheriv, type KeyObject } from 'node:crypto'
import { Failure, quoted } from '#lib/failure.ts'

const TAG_START = 1
const IV_START = 17
const TEXT_START = 29

/**
 * What Conjur's database holds encrypted (reference/conjur-api.md 7.3): `G`, tag, iv, ciphertext under AES-256-GCM, bound to
 * `aad`, for a secret the id of its resource. The caller zeroes it. Throws `corrupt`, without a byte of the data, when it does
 * not open.
 */
export function openConjurBlob(dataKey: KeyObject, aad: string, blob: Uint8Array): Buffer {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  if (bytes.length < TEXT_START || bytes[0] !== 'G'.charCodeAt(0)) throw foreign(aad)
  const iv = bytes.subarray(IV_START, TEXT_START)
  const decipher = createDecipheriv('aes-256-gcm', dataKey, iv, { authTagLength: 16 })
  decipher.setAAD(Buffer.from(aad))
  decipher.setAuthTag(bytes.subarray(TAG_START, IV_START))
  const text = decipher.update(bytes.subarray(TEXT_START))
  try {
    decipher.final()
  } catch (cause) {
    text.fill(0)
    throw foreign(aad, { cause })
  }
  return text
}

const foreign = (aad: string, options?: ErrorOptions): Failure =>
  new Failure('corrupt', `the encrypted value of ${quoted(aad)} does not open`, {
    ...options,
    hint: 'it was altered, or the data key is that of another Conjur server',
  })
