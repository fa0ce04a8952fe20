import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { SealedVersion } from './store.ts'

/** Seals and opens values; `context` binds a sealed value to its place, so that it opens nowhere else. */
export interface Vault {
  seal(context: readonly string[], plaintext: Uint8Array): Uint8Array
  /** Throws `corrupt` when the value was altered or belongs elsewhere. */
  open(context: readonly string[], sealed: Uint8Array): Buffer
}

/** The kinds of resource that hold a secret. */
export const SECRET_KINDS: ReadonlySet<string> = new Set(['variable', 'public_key'])

const contextOf = (resource: Id, version: number): readonly string[] => [
  'secret',
  resource,
  String(version),
]

/** Seals `value` as the version of `resource` that it will be: no other resource or version opens it. */
export const sealSecret = (
  vault: Vault,
  resource: Id,
  version: number,
  value: Uint8Array,
): Uint8Array => vault.seal(contextOf(resource, version), value)

/** The value of a version of `resource`; throws `corrupt` when it was not sealed for that very place. */
export const openSecret = (vault: Vault, resource: Id, found: SealedVersion): Buffer =>
  vault.open(contextOf(resource, found.version), found.sealed)

/**
 * Whether a version of `resource` has this value. One that was altered or moved in the database has none: setting the secret again is how
 * it is mended.
 */
export function holdsValue(
  vault: Vault,
  resource: Id,
  found: SealedVersion,
  value: Uint8Array,
): boolean {
  const current = openUnlessCorrupt(vault, resource, found)
  const same = current?.equals(value) ?? false
  current?.fill(0)
  return same
}

function openUnlessCorrupt(vault: Vault, resource: Id, found: SealedVersion): Buffer | undefined {
  try {
    return openSecret(vault, resource, found)
  } catch (error) {
    if (error instanceof Failure && error.code === 'corrupt') return undefined
    throw error
  }
}
