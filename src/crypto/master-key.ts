import { randomBytes } from 'node:crypto'
import { Failure } from '#lib/failure.ts'

/** The size of a master key and of a data key, in bytes. */
export const KEY_BYTES = 32

/** A new master key, in the text form that {@link parseMasterKey} reads. */
export const generateMasterKey = (): string => randomBytes(KEY_BYTES).toString('base64')

/** The master key that `text` holds; the caller zeroes it after use. Throws `configuration`, without quoting it. */
export function parseMasterKey(text: string): Buffer {
  const trimmed = text.trim()
  if (!/^[A-Za-z0-9+/]{43}=$/.test(trimmed)) {
    throw new Failure('configuration', 'the master key is not 32 bytes in base64', {
      hint: 'a master key is one line of 44 characters, made for instance by `openssl rand -base64 32`',
    })
  }
  return Buffer.from(trimmed, 'base64')
}
