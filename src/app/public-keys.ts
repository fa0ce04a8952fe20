import { makeId } from '#domain/id.ts'
import type { PublicKeyStore } from './public-key-store.ts'
import type { Recorder } from './recorder.ts'
import type { Origin } from './session.ts'
import { openSecret } from './vault.ts'
import type { Vault } from './vault.ts'

/** What showing public keys stands on. */
export interface PublicKeyParts {
  readonly store: PublicKeyStore
  readonly vault: Vault
  readonly recorder: Recorder
}

/** Whose keys are asked for. */
export interface KeyHolder {
  readonly account: string
  readonly kind: 'user' | 'public_key'
  readonly id: string
}

/**
 * The newest value of each public key of a holder, without the white space around it, in the order of their ids, for whoever asks: public keys
 * are public. A holder that does not exist has none (reference/conjur-api.md 1.11).
 */
export type ShowPublicKeys = (holder: KeyHolder, origin: Origin) => Promise<readonly string[]>

export function showPublicKeys({ store, vault, recorder }: PublicKeyParts): ShowPublicKeys {
  return async ({ account, kind, id }, origin) => {
    const subject = { role: makeId(account, kind, id) }
    const found = await store.publicKeys(account, `${kind}/${id}/`)
    const who = { account, user: 'anonymous', origin }
    await recorder.record([
      recorder.attempt(who, { kind: 'public-keys', operation: 'show', subject }),
    ])
    return found
      .toSorted((one, other) => (one.resource < other.resource ? -1 : 1))
      .map((key) => openSecret(vault, key.resource, key).toString('utf8').trim())
  }
}
