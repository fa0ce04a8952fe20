import { createHash } from 'node:crypto'
import { creationOptions, requestOptions } from '#crypto/passkey.ts'
import type { CreationOptions, RelyingParty, RequestOptions } from '#crypto/passkey.ts'
import { loginOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleFactors, StoredPasskey } from './factor-store.ts'
import { askedFor } from './passkey-ceremony.ts'
import type { Ceremony } from './passkey-ceremony.ts'

/** The passkeys among the factors of a role. */
export const passkeysIn = ({ factors }: RoleFactors): readonly StoredPasskey[] =>
  factors.filter((factor) => factor.kind === 'passkey')

/** What the browser needs for a ceremony, as things are now: an authenticator that holds a passkey already makes none, and one is proven that is there. */
export function optionsFor(
  party: RelyingParty,
  ceremony: Pick<Ceremony, 'purpose' | 'role' | 'challenge'>,
  known: RoleFactors,
): Promise<CreationOptions | RequestOptions> {
  const passkeys = passkeysIn(known)
  const asked = askedFor(party, ceremony)
  if (ceremony.purpose === 'verification') return requestOptions(asked, passkeys)
  const { role } = ceremony
  return creationOptions(asked, { handle: handleOf(role), name: loginOf(role) }, passkeys)
}

/** Always the same for a role, so that a new passkey takes the place of one that we have forgotten; it is no name (WebAuthn Level 3, 14.6.1). */
const handleOf = (role: Id): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(createHash('sha256').update(`passkey of ${role}`).digest())
