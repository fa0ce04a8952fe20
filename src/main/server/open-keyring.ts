import { join } from 'node:path'
import type { Store, WrappedDataKey } from '#app/store.ts'
import { createKeyring, generateDataKey, wrapDataKey } from '#crypto/keyring.ts'
import type { Keyring } from '#crypto/keyring.ts'
import { generateMasterKey, parseMasterKey } from '#crypto/master-key.ts'
import { Failure } from '#lib/failure.ts'
import { readIfThere, writePrivate } from './private-file.ts'
import type { Settings } from './settings.ts'

/**
 * The keyring of the database. A database that has no data keys yet gets its first one, and when no master key was set, one
 * is made in the data folder. Throws `configuration` when the master key is missing, malformed or another one than the
 * database was created with: a new one is never made for a database that has data.
 */
export async function openKeyring(store: Store, settings: Settings): Promise<Keyring> {
  const wrapped = await store.dataKeys()
  const masterKey = parseMasterKey(await masterKeyText(settings, wrapped.length === 0))
  try {
    return createKeyring({
      masterKey,
      wrapped: wrapped.length === 0 ? [await firstDataKey(store, masterKey)] : wrapped,
    })
  } finally {
    masterKey.fill(0)
  }
}

/** The master key of an installation that exists already; the caller zeroes it. Throws `configuration` when it is missing. */
export const readMasterKey = async (settings: Settings): Promise<Buffer> =>
  parseMasterKey(await masterKeyText(settings, false))

async function masterKeyText(
  { masterKey, masterKeyFile, dataDir }: Settings,
  isNew: boolean,
): Promise<string> {
  if (masterKey !== undefined) return masterKey
  const path = masterKeyFile ?? join(dataDir, 'master.key')
  const text = await readIfThere(path)
  if (text !== undefined) return text
  if (isNew && masterKeyFile === undefined) {
    const made = generateMasterKey()
    await writePrivate(path, `${made}\n`)
    return made
  }
  throw new Failure('configuration', `the master key is missing: there is no ${path}`, {
    hint: 'put the file back, or name the master key with master-key-file or STRONGROOM_MASTER_KEY',
  })
}

async function firstDataKey(store: Store, masterKey: Uint8Array): Promise<WrappedDataKey> {
  const key = generateDataKey()
  try {
    return await store.addFirstDataKey((id) => wrapDataKey(masterKey, id, key))
  } finally {
    key.fill(0)
  }
}
