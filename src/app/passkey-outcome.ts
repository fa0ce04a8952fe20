import type { ShownPasskey } from '#crypto/passkey.ts'
import { digestOf, openSealed } from './passkey-ceremony.ts'
import type { Vault } from './vault.ts'

/** What a browser has answered to a ceremony, once it was found good. */
export interface PasskeyOutcome {
  /** The id of the factor that was proven, or will be one. */
  readonly factor: string
  readonly passkey: ShownPasskey
  /** Milliseconds since 1970. */
  readonly shownAt: number
}

/** INVARIANT: the code of one ceremony opens in no other. */
const contextOf = (id: string): readonly string[] => [
  'passkey-outcome',
  digestOf(id).toString('base64url'),
]

/** An outcome as the code that the browser carries to whoever began the ceremony `id`. */
export function sealOutcome(vault: Vault, id: string, outcome: PasskeyOutcome): string {
  const { factor, passkey, shownAt } = outcome
  const { credentialId, publicKey, counter, transports, backedUp, isBound } = passkey
  const fields = [
    factor,
    credentialId,
    Buffer.from(publicKey).toString('base64url'),
    counter,
    transports.join(' '),
    backedUp,
    isBound,
    shownAt,
  ]
  const plaintext = Buffer.from(JSON.stringify(fields))
  return Buffer.from(vault.seal(contextOf(id), plaintext)).toString('base64url')
}

/** The outcome that a code of the ceremony `id` stands for; `undefined` when it is none. */
export function openOutcome(vault: Vault, id: string, code: string): PasskeyOutcome | undefined {
  const fields = openSealed(vault, contextOf(id), code)
  if (!Array.isArray(fields)) return undefined
  const [factor = '', credentialId = '', publicKey = '', counter, transports = '', ...more] =
    fields.map(String)
  const [backedUp, isBound, shownAt] = more
  return {
    factor,
    passkey: {
      credentialId,
      publicKey: Buffer.from(publicKey, 'base64url'),
      counter: Number(counter),
      transports: transports.split(' ').filter((word) => word !== ''),
      backedUp: backedUp === 'true',
      isBound: isBound === 'true',
    },
    shownAt: Number(shownAt),
  }
}
