import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { ApiKeyRecord, Store } from './store.ts'
import type { LockOut, PasswordAttempt } from './lock-out.ts'
import type { Clock } from './recorder.ts'

/** API keys: made here, kept as digests only. */
export interface ApiKeys {
  generate(): string
  digest(key: string): Uint8Array
  /** In constant time. */
  matches(digest: Uint8Array, other: Uint8Array): boolean
}

/** Passwords: a memory-hard hash, computed off the event loop. */
export interface Passwords {
  hash(password: string): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
  /** The work of a verification that cannot succeed: so that an unknown name takes as long as a wrong password. */
  verifyNobody(password: string): Promise<false>
  /** The complaint about a password that is too weak; `undefined` when it is not. */
  weakness(password: string): string | undefined
}

/** By what a role proved who it is. */
export type ProvenBy = 'key' | 'password'

/** The digest of no key at all. */
const NOBODYS_DIGEST = new Uint8Array(32)

/** What checking a credential stands on. */
export interface CredentialParts {
  readonly store: Store
  readonly apiKeys: ApiKeys
  readonly passwords: Passwords
  readonly lockOut: LockOut
  readonly clock: Clock
}

/**
 * Whether `secret` is a living API key of `role`. A role that does not exist costs the same look-up and the same
 * comparison as one whose key is wrong (attack `timing`).
 */
export async function hasKey(parts: CredentialParts, role: Id, secret: string): Promise<boolean> {
  const stored = await parts.store.credential(role)
  return matchesKey(parts, stored?.keys ?? [], secret)
}

/** Somebody who says that they are `role`, with what they say it by. */
export interface Claim extends PasswordAttempt {
  /** The role that the name means; one that nobody has when it means none. */
  readonly role: Id
  readonly secret: string
}

/**
 * By what a claim is proven: an API key or the password; `undefined` when by nothing. Throws `unauthorized` when no password is
 * taken just now; a key always is, because its 256 bits are not guessed and a lock would only keep programs out.
 */
export async function proofOf(parts: CredentialParts, claim: Claim): Promise<ProvenBy | undefined> {
  const stored = await parts.store.credential(claim.role)
  if (matchesKey(parts, stored?.keys ?? [], claim.secret)) return 'key'
  const isAdmitted = await parts.lockOut.admits(claim)
  // Whether there is a lock is not to be told by the time either, so the work is done in any case.
  const isRight = await matchesPassword(parts, claim.secret, isAdmitted, stored?.passwordHash)
  if (!isAdmitted) {
    throw new Failure('unauthorized', 'CONJ00002E Invalid credentials: locked after failed logins')
  }
  if (!isRight) return undefined
  await parts.lockOut.forgive(claim)
  return 'password'
}

const matchesPassword = (
  { passwords }: CredentialParts,
  secret: string,
  isAdmitted: boolean,
  hash: string | undefined,
): Promise<boolean> =>
  hash === undefined || !isAdmitted
    ? passwords.verifyNobody(secret)
    : passwords.verify(secret, hash)

function matchesKey(
  { apiKeys, clock }: CredentialParts,
  keys: readonly ApiKeyRecord[],
  secret: string,
): boolean {
  const digest = apiKeys.digest(secret)
  // One comparison for nobody's key, and every key compared whichever matches.
  const matching = [{ digest: NOBODYS_DIGEST, expiresAt: new Date(0) }, ...keys].filter((known) =>
    apiKeys.matches(known.digest, digest),
  )
  return matching.some(({ expiresAt }) => expiresAt === undefined || expiresAt.getTime() > clock())
}
