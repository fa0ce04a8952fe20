import { kindOf } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import type { Gate, Passage } from './gate.ts'
import type { Deed, Recorder } from './recorder.ts'
import { noSuchSecret, notPermitted, whyInvisible } from './refusals.ts'
import type { Session } from './session.ts'
import type { SealedVersion } from './store.ts'
import { openSecret, SECRET_KINDS } from './vault.ts'
import type { Vault } from './vault.ts'

/** A secret on its way out. */
export interface ReleasedSecret {
  readonly value: Buffer
  /** The `conjur/mime_type` of the variable, if it has one. */
  readonly mimeType?: string
}

/** What the trail says of a secret that is read. */
export const fetchOf = (resource: string, version?: number): Deed => ({
  kind: 'fetch',
  operation: 'fetch',
  subject: version === undefined ? { resource } : { resource, version },
})

/** What reading secrets stands on. */
export interface FetchParts {
  readonly gate: Gate
  readonly vault: Vault
  readonly recorder: Recorder
}

/**
 * The newest value of a secret, or the named version. Throws `not_found` alike when the variable does not exist, has no such value
 * or is invisible to the caller, `forbidden` when it is visible and `execute` is missing. The release or refusal is in the trail
 * before this settles.
 */
export type FetchSecret = (session: Session, id: Id, version?: number) => Promise<ReleasedSecret>

export function fetchSecret({ gate, vault, recorder }: FetchParts): FetchSecret {
  return async (session, id, version) => {
    const want = version === undefined ? { resource: id } : { resource: id, version }
    const passage = await gate.enter(session, [want])
    const deed = fetchOf(id, version)
    const released = release(passage, session, id, passage.values[0], vault)
    if (released instanceof Failure) {
      await recorder.record([recorder.refused(session, deed, released)])
      throw released
    }
    await recorder.record([recorder.done(session, deed)])
    return released
  }
}

/** The opened value, or why it is not given out: the one rule for single and batch reads. */
export function release(
  passage: Passage,
  session: Session,
  id: Id,
  found: SealedVersion | undefined,
  vault: Vault,
): ReleasedSecret | Failure {
  const { graph } = passage
  if (!SECRET_KINDS.has(kindOf(id))) return noSuchSecret(id)
  // Whoever may execute sees it, too: the second question is asked only to tell one refusal from the other.
  if (!graph.allowed(session.role, 'execute', id)) {
    return graph.visible(session.role, id)
      ? notPermitted(session.role, 'execute', id)
      : noSuchSecret(id, whyInvisible(graph, session.role, id))
  }
  if (found === undefined) return noSuchSecret(id)
  try {
    const value = openSecret(vault, id, found)
    const mimeType = passage.mimeTypeOf(id)
    return mimeType === undefined ? { value } : { value, mimeType }
  } catch (error) {
    // A value that was altered or moved in the database: the trail must know of it.
    if (error instanceof Failure) return error
    throw error
  }
}
