import { createHash } from 'node:crypto'
import type { OnceStore } from '#app/once-store.ts'
import { refused } from './refusal.ts'
import type { SignedRequest } from './signed-request.ts'

/** What the clock of another node may be behind, in milliseconds. */
const SKEW = 60_000

/** Throws `unauthorized` when the request proved somebody before, on whichever node and by whichever instance that keeps count. */
export async function mustBeUnused(
  once: OnceStore,
  { signature, expiresAt }: Pick<SignedRequest, 'signature' | 'expiresAt'>,
  now: number,
): Promise<void> {
  const digest = createHash('sha256').update(`signed request ${signature}`).digest()
  if (await once.useOnce(digest, expiresAt + SKEW, now)) return
  throw refused('CONJ00018E The signed request has been used before')
}
