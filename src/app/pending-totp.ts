import { Failure } from '#lib/failure.ts'
import type { Session } from './session.ts'
import type { Vault } from './vault.ts'

// What waits for its confirmation is not stored but handed out, sealed: it needs no table and nobody to clean up, costs nothing however
// often it is begun, and nobody can fill the database with it. It needs no mark that it was used either: a second factor of the same id is
// refused.

/** An authenticator app that is not enrolled yet. */
export interface PendingTotp {
  /** The id that the factor will have. */
  readonly id: string
  readonly name: string
  readonly expiresAt: Date
  readonly secret: Buffer
}

/** It opens for the bearer alone, and no longer when the credential has changed, as it does whenever a factor is removed. */
const contextOf = ({ role, generation }: Session): readonly string[] => [
  'pending-totp',
  role,
  generation,
]

/** A pending app as it goes over the wire. */
export function sealPendingTotp(vault: Vault, session: Session, pending: PendingTotp): string {
  const { id, name, expiresAt, secret } = pending
  const fields = [id, name, expiresAt.getTime(), secret.toString('base64')]
  const plaintext = Buffer.from(JSON.stringify(fields))
  try {
    return Buffer.from(vault.seal(contextOf(session), plaintext)).toString('base64url')
  } finally {
    plaintext.fill(0)
  }
}

/** The pending app that a text is; `undefined` when it is none of the bearer's. */
export function openPendingTotp(
  vault: Vault,
  session: Session,
  text: string,
): PendingTotp | undefined {
  const plaintext = openUnlessForeign(vault, session, text)
  if (plaintext === undefined) return undefined
  const fields: unknown = JSON.parse(plaintext.toString('utf8'))
  plaintext.fill(0)
  if (!Array.isArray(fields)) throw new Error('a sealed pending factor is none')
  const [id, name, until, secret] = fields.map(String)
  return {
    id: id ?? '',
    name: name ?? '',
    expiresAt: new Date(Number(until)),
    secret: Buffer.from(secret ?? '', 'base64'),
  }
}

function openUnlessForeign(vault: Vault, session: Session, text: string): Buffer | undefined {
  try {
    return vault.open(contextOf(session), Buffer.from(text, 'base64url'))
  } catch (error) {
    if (error instanceof Failure && error.code === 'corrupt') return undefined
    throw error
  }
}
