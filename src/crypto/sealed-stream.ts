import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Failure } from '#lib/failure.ts'

// A sealed stream: salt (32 bytes), then frames. A frame: length of its ciphertext (uint32, with the highest bit set in the last one), tag (16),
// ciphertext. AES-256-GCM under a key of this stream alone; the nonce counts the frames and the length is authenticated with each,
// so frames can neither be altered, moved, repeated nor left out, not even at the end.

const SALT_BYTES = 32
const HEAD_BYTES = 4
const TAG_BYTES = 16
const FRAME_BYTES = 64 * 1024
const LAST = 2 ** 31

/** Bytes that come piece by piece, in pieces of any size. */
export type Pieces = AsyncIterable<Uint8Array>

/**
 * `pieces` sealed under a key derived from `masterKey` for `purpose`.
 *
 * @yields The sealed stream, piece by piece.
 */
export async function* sealStream(
  masterKey: Uint8Array,
  purpose: string,
  pieces: Pieces,
): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  const key = streamKey(masterKey, salt, purpose)
  yield salt
  let number = 0
  let held = Buffer.alloc(0)
  for await (const piece of pieces) {
    held = Buffer.concat([held, piece])
    while (held.length > FRAME_BYTES) {
      yield sealFrame(key, number++, held.subarray(0, FRAME_BYTES), false)
      held = held.subarray(FRAME_BYTES)
    }
  }
  yield sealFrame(key, number, held, true)
}

/**
 * What {@link sealStream} sealed. Throws `corrupt` when it was altered or cut short, or sealed under another key or for another purpose; what
 * came before that was genuine.
 *
 * @yields What was sealed, piece by piece.
 */
export async function* openStream(
  masterKey: Uint8Array,
  purpose: string,
  pieces: Pieces,
): AsyncGenerator<Buffer> {
  const reader = new Reader(pieces)
  const key = streamKey(masterKey, await reader.take(SALT_BYTES), purpose)
  for (let number = 0; ; number++) {
    // oxlint-disable no-await-in-loop -- one frame follows the other
    const head = await reader.take(HEAD_BYTES)
    const size = head.readUInt32BE(0) % LAST
    if (size > FRAME_BYTES) throw altered()
    const tag = await reader.take(TAG_BYTES)
    yield openFrame(key, number, head, { tag, text: await reader.take(size) })
    // oxlint-enable no-await-in-loop
    if (head.readUInt32BE(0) >= LAST) return
  }
}

const streamKey = (masterKey: Uint8Array, salt: Uint8Array, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, salt, `strongroom ${purpose}`, 32)))

const nonceOf = (number: number): Buffer => {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 6, 6)
  return nonce
}

function sealFrame(key: KeyObject, number: number, clear: Buffer, isLast: boolean): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(clear.length + (isLast ? LAST : 0))
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number))
  cipher.setAAD(head)
  const text = Buffer.concat([cipher.update(clear), cipher.final()])
  return Buffer.concat([head, cipher.getAuthTag(), text])
}

function openFrame(
  key: KeyObject,
  number: number,
  head: Buffer,
  { tag, text }: { readonly tag: Buffer; readonly text: Buffer },
): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(head)
  decipher.setAuthTag(tag)
  const clear = decipher.update(text)
  try {
    decipher.final()
  } catch (cause) {
    throw altered({ cause })
  }
  return clear
}

/** Takes pieces apart anew. */
class Reader {
  readonly #pieces: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(pieces: Pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** The next `size` bytes; throws `corrupt` when there are no more. */
  async take(size: number): Promise<Buffer> {
    while (this.#held.length < size) {
      // oxlint-disable-next-line no-await-in-loop -- one piece follows the other
      const next = await this.#pieces.next()
      if (next.done === true) throw altered()
      this.#held = Buffer.concat([this.#held, next.value])
    }
    const taken = this.#held.subarray(0, size)
    this.#held = this.#held.subarray(size)
    return taken
  }
}

const altered = (options?: ErrorOptions): Failure =>
  new Failure('corrupt', 'the file does not open', {
    ...options,
    hint: 'it was altered or cut short, or the master key is that of another installation',
  })
