import { hash } from 'node:crypto'
import { TOTP_STEP, TOTP_WINDOW, totpStep } from '#crypto/totp.ts'
import type { Id } from '#domain/id.ts'
import type { FactorParts } from './factor-parts.ts'
import type { StoredTotp } from './factor-store.ts'
import type { Vault } from './vault.ts'

/** Which authenticator app of whom. */
export type TotpPlace = Pick<StoredTotp, 'role' | 'id'>

const contextOf = ({ role, id }: TotpPlace): readonly string[] => ['totp', role, id]

/** Seals the secret of an authenticator app: no other factor, and none of another role, opens it. */
export const sealTotp = (vault: Vault, place: TotpPlace, secret: Uint8Array): Uint8Array =>
  vault.seal(contextOf(place), secret)

/** How a proof by an authenticator app is called (RFC 8176 section 2). */
export const TOTP_METHODS: readonly string[] = ['otp', 'mfa']

/** How long beyond its time a used code is remembered, in milliseconds: the clocks of two nodes may differ. */
const MARGIN = 600_000

/** What a code turned out to be: one that the secret has just now, one that it had but somebody has used, or none. */
export type CodeVerdict = 'right' | 'used' | 'wrong'

/**
 * Takes a code: it is right once, on whichever node, however it is spelled and however many say it at a time, and from then on used (attack
 * `totp-reuse`).
 */
export async function takeCode(
  { store, clock }: Pick<FactorParts, 'store' | 'clock'>,
  place: TotpPlace,
  secret: Uint8Array,
  code: string,
): Promise<CodeVerdict> {
  const now = clock()
  const step = totpStep(secret, code, now)
  if (step === undefined) return 'wrong'
  const end = (step + 1 + TOTP_WINDOW) * TOTP_STEP
  return (await store.useOnce(digestOf(place, step), end + MARGIN, now)) ? 'right' : 'used'
}

/** Like {@link takeCode}, of an app that is enrolled, which it notes as used; `wrong` when it was removed meanwhile. */
export async function takeCodeOfApp(
  parts: Pick<FactorParts, 'store' | 'clock' | 'vault'>,
  factor: StoredTotp,
  code: string,
): Promise<CodeVerdict> {
  const secret = parts.vault.open(contextOf(factor), factor.sealedSecret)
  const verdict = await takeCode(parts, factor, secret, code).finally(() => secret.fill(0))
  if (verdict !== 'right') return verdict
  const { role, id } = factor
  const isThere = await parts.store.useFactor({ role, id, at: new Date(parts.clock()) })
  return isThere ? 'right' : 'wrong'
}

const digestOf = ({ role, id }: { readonly role: Id; readonly id: string }, step: number): Buffer =>
  hash('sha256', ['totp', role, id, String(step)].join('\0'), 'buffer')
