import { createSecretKey, randomBytes } from 'node:crypto'
import { Failure } from '#lib/failure.ts'
import { KEY_BYTES } from './master-key.ts'
import { open, seal, type SealingContext, type SealingKey } from './sealing.ts'

/** The data keys, unwrapped: everything that is stored sealed goes through it. */
export interface Keyring {
  /** The id of the data key that seals: the newest. The others only open. */
  readonly current: number
  /** `plaintext` under the current data key, bound to `context`. */
  seal(context: SealingContext, plaintext: Uint8Array): Uint8Array
  /** What was sealed; the caller zeroes it. Throws `corrupt` when `blob` is not what was sealed in `context`. */
  open(context: SealingContext, blob: Uint8Array): Buffer
}

/** What a keyring is made of. The master key stays the caller's, who zeroes it; it is not kept. */
export interface KeyringSources {
  readonly masterKey: Uint8Array
  readonly wrapped: readonly { readonly id: number; readonly wrapped: Uint8Array }[]
}

/**
 * The keyring of a database. Throws `configuration` when another master key wrapped its data keys, `corrupt` when it
 * holds none.
 */
export function createKeyring({ masterKey, wrapped }: KeyringSources): Keyring {
  const master = masterKeyOf(masterKey)
  const keys = new Map(wrapped.map((entry) => [entry.id, unwrapDataKey(master, entry)]))
  const current = keys.get(Math.max(...keys.keys()))
  if (current === undefined) throw new Failure('corrupt', 'the database holds no data key')
  return {
    current: current.id,
    seal: (context, plaintext) => seal(current, plaintext, context),
    open: (context, blob) => open((id) => keys.get(id), blob, context),
  }
}

/** A new data key; the caller wraps it and then zeroes it. */
export const generateDataKey = (): Buffer => randomBytes(KEY_BYTES)

/** `key` as it is stored: sealed under the master key and bound to `id`, so that two data keys cannot be swapped. */
export const wrapDataKey = (masterKey: Uint8Array, id: number, key: Uint8Array): Uint8Array =>
  seal(masterKeyOf(masterKey), key, wrappingContext(id))

function unwrapDataKey(
  master: SealingKey,
  { id, wrapped }: KeyringSources['wrapped'][number],
): SealingKey {
  const key = openWrapped(master, id, wrapped)
  try {
    return { id, key: createSecretKey(key) }
  } finally {
    key.fill(0)
  }
}

function openWrapped(master: SealingKey, id: number, wrapped: Uint8Array): Buffer {
  try {
    return open(
      (masterId) => (masterId === master.id ? master : undefined),
      wrapped,
      wrappingContext(id),
    )
  } catch (cause) {
    throw new Failure('configuration', 'this database was sealed with another master key', {
      cause,
      hint: 'start with the master key under which the database was created',
    })
  }
}

/** The master key seals data keys alone; in their blobs it stands as number 0. */
const masterKeyOf = (masterKey: Uint8Array): SealingKey => ({
  id: 0,
  key: createSecretKey(masterKey),
})

const wrappingContext = (id: number): SealingContext => ['data-key', String(id)]
