import type { Id } from '#domain/id.ts'
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
