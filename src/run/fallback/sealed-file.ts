import type { KeyObject } from 'node:crypto'
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A new key, as it is kept in its file. */
export const newSealKey = (): Buffer => randomBytes(KEY_BYTES)

/** The key that a file holds; `undefined` when it holds none. */
export const sealKey = (bytes: Buffer): KeyObject | undefined =>
  bytes.length === KEY_BYTES ? createSecretKey(bytes) : undefined

/** `content` sealed, so that it opens only with the key and for the same `purpose`: nonce, tag, ciphertext. */
export function seal(key: KeyObject, purpose: string, content: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(purpose))
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** What was sealed; `undefined` when it was altered, or sealed with another key or for another purpose. */
export function unseal(key: KeyObject, purpose: string, sealed: Buffer): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES))
    .setAAD(Buffer.from(purpose))
    .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const content = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES))
  try {
    return Buffer.concat([content, decipher.final()])
  } catch (error) {
    // The tag does not fit, which the cipher tells without a code.
    if (error instanceof Error) return undefined
    throw error
  }
}
