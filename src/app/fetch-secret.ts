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

/** How many secrets one request may ask for: what fits a request line, and then some. */
const MAX_BATCH = 1000

const fetchOf = (resource: string, version?: number): Deed => ({
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
function release(
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

/**
 * The newest values of several secrets, all or none (reference/conjur-api.md 1.10): `forbidden` when one of them is visible without
 * `execute`, otherwise `not_found` naming the first that is missing, invisible or empty. Each release and each refusal is in
 * the trail before this settles. Ids that are asked for twice count once; more than 1,000 are an `argument_error`.
 */
export type FetchSecrets = (
  session: Session,
  ids: readonly Id[],
) => Promise<ReadonlyMap<Id, Buffer>>

export function fetchSecrets({ gate, vault, recorder }: FetchParts): FetchSecrets {
  return async (session, ids) => {
    const wanted = [...new Set(ids)]
    if (wanted.length > MAX_BATCH) {
      throw new Failure('argument_error', `variable_ids names more than ${MAX_BATCH} variables`)
    }
    const wants = wanted.map((resource) => ({ resource }))
    const passage = await gate.enter(session, wants)
    const values = new Map<Id, Buffer>()
    const refusals: { readonly id: Id; readonly failure: Failure }[] = []
    for (const [index, id] of wanted.entries()) {
      const outcome = release(passage, session, id, passage.values[index], vault)
      if (outcome instanceof Failure) refusals.push({ id, failure: outcome })
      else values.set(id, outcome.value)
    }
    const refusal = refusals.find(({ failure }) => failure.code === 'forbidden') ?? refusals[0]
    if (refusal !== undefined) {
      await recorder.record(
        refusals.map(({ id, failure }) => recorder.refused(session, fetchOf(id), failure)),
      )
      throw refusal.failure
    }
    const done = recorder.done(session, fetchOf(''))
    await recorder.record(wanted.map((id) => ({ ...done, subject: { resource: id } })))
    return values
  }
}
